/** A revision over real workers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tensor } from '@slipway/protocol'
import { composeRevisions } from '../../src/app/compose.ts'
import { systemClock } from '../../src/base/clock.ts'
import { readMachine } from '../../src/base/machine.ts'
import { configSchema } from '../../src/config/schema.ts'
import { openPackage } from '../../src/models/package.ts'
import { findPackages } from '../../src/models/repository.ts'
import { settingsFor } from '../../src/models/settings.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { openRevision } from '../../src/serving/revision.ts'
import { fixture } from '../support/service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('another plan takes over under load without one failed or wrong answer', async () => {
  const privateFolder = await temporaryFolder()
  const [found] = await findPackages([fixture('mlp64.onnx')])
  assert.ok(found?.versions[0])
  const pkg = await openPackage(found, found.versions[0], { privateFolder })
  const config = configSchema.parse({ replicas: { count: 1, threads: 1 } })
  const logger = createLogger({ level: 'error', format: 'text' })
  const deps = composeRevisions({ config, clock: systemClock, machine: readMachine(), logger, metrics: createMetrics(), privateFolder })
  const settings = settingsFor(config, pkg.manifest)
  const revision = await openRevision(pkg, settings, deps)
  const inputs = new Map([['x', tensor('FP32', [1, 64], new Float32Array(64).fill(0.5))]])
  const ask = async () => {
    const deadline = systemClock.monotonic() + 20_000
    const context = { requestId: 'r', dialect: 'test', deadline, signal: { aborted: false }, decodeMs: 0 }
    const { outputs } = await revision.infer({ model: pkg.name, inputs }, context)
    return [...outputs.values()].map(({ data }) => Array.from(data as Float32Array).map((value) => value.toFixed(4)))
  }
  try {
    const first = await ask()
    const before = revision.pids()
    let swapped = false
    let answers = 0
    const client = async () => {
      while (!swapped) {
        assert.deepEqual(await ask(), first)
        answers += 1
      }
    }
    const clients = Promise.all(Array.from({ length: 16 }, client))
    await revision.replan({ replicas: 2, threads: 1, spinning: false, why: 'a test' })
    await revision.replan({ replicas: 1, threads: 2, spinning: true, why: 'a test' })
    swapped = true
    await clients
    assert.ok(answers > 16, `${answers} answers`)
    assert.deepEqual([revision.pids().length, revision.plan.threads, revision.asked()], [1, 2, answers + 1])
    assert.ok(!before.some((pid) => revision.pids().includes(pid)))
    assert.deepEqual(revision.metrics.stats().replicas, { ready: 1, wanted: 1, crashes: 0, killed: 0 })
    await assert.doesNotReject(ask())
  } finally {
    await revision.close(5000)
  }
})
