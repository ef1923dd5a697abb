/** A revision over real workers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InferResponse, type Tensor, tensor } from '@slipway/protocol'
import { composeRevisions } from '../../src/app/compose.ts'
import { systemClock } from '../../src/base/clock.ts'
import { readMachine } from '../../src/base/machine.ts'
import { configSchema } from '../../src/config/schema.ts'
import { parseManifest } from '../../src/models/manifest.ts'
import { openPackage } from '../../src/models/package.ts'
import { findPackages } from '../../src/models/repository.ts'
import { settingsFor } from '../../src/models/settings.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { NO_PEERS, type Peers } from '../../src/serving/peers.ts'
import { openRevision, type Revision } from '../../src/serving/revision.ts'
import { fixture } from '../support/service.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** The revision of a fixture over real workers, by a manifest. */
async function opened(file: string, { manifest = '', peers }: { readonly manifest?: string; readonly peers?: Peers } = {}) {
  const privateFolder = await temporaryFolder()
  const [found] = await findPackages([fixture(file)])
  assert.ok(found?.versions[0])
  const pkg = await openPackage(found, found.versions[0], { privateFolder })
  const config = configSchema.parse({ replicas: { count: 1, threads: 1 } })
  const logger = createLogger({ level: 'error', format: 'text' })
  const deps = composeRevisions({ config, clock: systemClock, machine: readMachine(), logger, metrics: createMetrics(), privateFolder })
  return openRevision(pkg, settingsFor(config, parseManifest(manifest)), { ...deps, peers })
}

function asking(revision: Revision) {
  return async (x: Tensor): Promise<InferResponse> => {
    const deadline = systemClock.monotonic() + 20_000
    const context = { requestId: 'r', dialect: 'test', deadline, signal: { aborted: false }, decodeMs: 0 }
    return revision.infer({ model: revision.model, inputs: new Map([['x', x]]) }, context)
  }
}

const floats = (shape: readonly number[]) =>
  tensor(
    'FP32',
    shape,
    Float32Array.from({ length: shape.reduce((count, size) => count * size, 1) }, (_, index) => index - 1.5),
  )
const twice = (value: Tensor) => Array.from(value.data as Float32Array, (one) => 2 * one)

test('another plan takes over under load without one failed or wrong answer', async () => {
  const revision = await opened('mlp64.onnx')
  const x = tensor('FP32', [1, 64], new Float32Array(64).fill(0.5))
  const ask = async () => {
    const { outputs } = await asking(revision)(x)
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

test('a model of two fixed rows answers any number of them, joined with others', async () => {
  const revision = await opened('fixed-batch.onnx')
  try {
    assert.equal(revision.batching.on, true)
    assert.equal(revision.batching.maxRows, 2)
    assert.match(revision.batching.why, /the model takes 2 rows, and runs of fewer are filled up/)
    const ask = asking(revision)
    // Before anything is learned all that wait are taken.
    const [one, other] = await Promise.all([ask(floats([1, 3])), ask(floats([1, 3]))])
    assert.deepEqual([one.batchRows, other.batchRows], [2, 2])
    for (const rows of [1, 2, 3, 5]) {
      const x = floats([rows, 3])
      const y = (await ask(x)).outputs.get('y') as Tensor
      assert.deepEqual([y.shape, Array.from(y.data as Float32Array)], [[rows, 3], twice(x)])
    }
  } finally {
    await revision.close(5000)
  }
})

test('requests of different lengths get the answers they get alone, joined where that costs less', async () => {
  const revision = await opened('free-middle.onnx', { manifest: 'batching: { pad: { x: 0 } }' })
  try {
    assert.match(revision.batching.why, /lengths are joined where padding "length" costs less than runs apart/)
    const ask = asking(revision)
    let joined = 0
    for (let round = 0; round < 30; round++) {
      const asked = [3, 4, 5].map((length) => floats([1, length, 4]))
      const answers = await Promise.all(asked.map(ask))
      for (const [index, { outputs, batchRows }] of answers.entries()) {
        const [x, y] = [asked[index] as Tensor, outputs.get('y') as Tensor]
        assert.deepEqual([y.shape, Array.from(y.data as Float32Array)], [x.shape, twice(x)])
        joined = Math.max(joined, batchRows)
      }
    }
    assert.ok(joined > 1, 'no two lengths were joined in 30 rounds')
  } finally {
    await revision.close(5000)
  }
})

test('a pad that fits nothing is told when the model is opened', () =>
  assert
    .rejects(opened('free-middle.onnx', { manifest: 'batching: { pad: { y: 0 } }' }), {
      code: 'INVALID_ARGUMENT',
      message: 'batching.pad: the model has no input "y"; its inputs are "x"',
    })
    .then(() =>
      assert.rejects(opened('free-middle.onnx', { manifest: 'batching: { maxRows: 1, pad: { x: 0 } }' }), {
        message: /no effect with batching\.maxRows 1/,
      }),
    ))

test('it is not idle while another process has a run of it under way, and what was asked there counts', async () => {
  let running = true
  const peers: Peers = {
    quietMs: async () => Number.POSITIVE_INFINITY,
    figures: () => ({ ...NO_PEERS, asked: 3, running }),
    died: () => undefined,
  }
  const revision = await opened('echo.onnx', { peers })
  try {
    assert.equal(revision.idle(), false)
    assert.equal(revision.asked(), 3)
    running = false
    assert.equal(revision.idle(), true)
  } finally {
    await revision.close(0)
  }
})
