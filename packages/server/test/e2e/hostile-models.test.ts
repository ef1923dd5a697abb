/** A repository of good models with every hostile or broken one beside them: each is refused with its reason, and the good ones answer. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ModelInfo } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { HOSTILE } from '../support/e2e/hostile-packages.ts'
import { assertRefused, assertUnharmed, refusalOf } from '../support/e2e/refusal.ts'
import { FIXTURES, replicaPids, type SlipwayProcess, startSlipway } from '../support/e2e/slipway-process.ts'
import { Traffic } from '../support/e2e/traffic.ts'

const RUN_MS = 2000
/** The engine takes about half of it. */
const MEMORY_BYTES = 2 ** 30

const home = mkdtempSync(join(tmpdir(), 'slipway-hostile-'))
const repository = join(home, 'models')
let slipway: SlipwayProcess

function good(name: string, manifest?: string): void {
  mkdirSync(join(repository, name, '1', 'model.onnx'), { recursive: true })
  // A folder of this name holds the file and its data, as Triton lays it out.
  copyFileSync(join(FIXTURES, `${name}.onnx`), join(repository, name, '1', 'model.onnx', 'model.onnx'))
  if (manifest !== undefined) writeFileSync(join(repository, name, 'model.yaml'), manifest)
}

before(async () => {
  const outside = join(home, 'outside')
  mkdirSync(outside, { recursive: true })
  writeFileSync(join(outside, 'secret.bin'), new Uint8Array(16).fill(42))
  good('echo')
  good('hungry', `limits: { memoryBytes: ${MEMORY_BYTES} }\n`)
  good('forever')
  for (const each of HOSTILE) {
    mkdirSync(join(repository, each.name), { recursive: true })
    each.write(join(repository, each.name), outside)
  }
  slipway = await startSlipway({
    paths: [repository],
    env: { SLIPWAY_REPLICAS_COUNT: '1', SLIPWAY_LIMITS_RUNMS: String(RUN_MS) },
  })
})
after(async () => {
  assert.equal(await slipway?.stop(), 0)
  rmSync(home, { recursive: true, force: true })
})

async function infoOf(model: string): Promise<ModelInfo> {
  return (await (await fetch(`${slipway.url}/api/v1/models/${model}`)).json()) as ModelInfo
}

async function infer(model: string, body: unknown): Promise<{ status: number; body: string }> {
  const answer = await fetch(`${slipway.url}/v2/models/${model}/infer`, { method: 'POST', body: JSON.stringify(body) })
  return { status: answer.status, body: await answer.text() }
}

describe('refused with its reason, in the API and in the log:', () => {
  for (const { name, says } of HOSTILE)
    test(name, async () => {
      const { serving, versions } = await infoOf(name)
      assert.equal(serving, undefined)
      assert.deepEqual(
        versions.map(({ version, state }) => [version, state]),
        [['1', 'failed']],
      )
      const reason = versions[0]?.reason ?? ''
      assert.match(reason, says)
      refusalOf(JSON.stringify({ error: reason }))
      const logged = slipway
        .logs()
        .filter((line) => line.model === name && line.version === '1' && String(line.msg ?? line.message).includes(reason.slice(0, 40)))
      assert.equal(logged.length, 1, `log lines of ${name}`)
      assertRefused(await infer(name, {}), 503, says)
    })
})

test('good models beside them answer', () => assertUnharmed(slipway))

test('a run that asks for more memory than its replica may hold is refused, and other models never notice', needs('linux'), async () => {
  const traffic = new Traffic(slipway.url, 'echo')
  let over = false
  const load = traffic.closedLoop(2, () => over)
  const ask = (shape: readonly number[]) =>
    infer('hungry', { inputs: [{ name: 'shape', datatype: 'INT64', shape: [shape.length], data: shape }] })
  try {
    for (let turn = 0; turn < 3; turn += 1) {
      const greedy = await ask([1000, 1000, 1000])
      assert.ok([429, 503].includes(greedy.status), `${greedy.status} ${greedy.body}`)
      refusalOf(greedy.body)
    }
    let modest = await ask([100, 100])
    for (let turn = 0; turn < 50 && modest.status === 503; turn += 1) modest = await ask([100, 100])
    assert.equal(modest.status, 200, modest.body)
    assert.match(modest.body, /"data":\[10000\]/)
  } finally {
    over = true
    await load
    traffic.close()
  }
  assert.deepEqual(traffic.faults, [])
  assert.ok(traffic.outcomes.length > 0)
})

test('a run past limits.runMs is cut with 504 and counted as killed; who waited behind it is answered', needs('linux'), async () => {
  const traffic = new Traffic(slipway.url, 'echo')
  let over = false
  const load = traffic.closedLoop(2, () => over)
  const count = (trips: number) => infer('forever', { inputs: [{ name: 'trips', datatype: 'INT64', shape: [1], data: [trips] }] })
  const before = (await infoOf('forever')).stats.replicas
  const startedAt = performance.now()
  const endless = count(10 ** 12)
  // The second is on the replica behind the first, the others wait.
  const waiting = [5, 6, 7, 8].map((trips) =>
    count(trips).then(({ status, body }) => ({ status, right: body.includes(`"data":[${trips}]`), body })),
  )
  assertRefused(await endless, 504, /longer than the server allows \(2000 ms\) and was cut/)
  assert.ok(performance.now() - startedAt < RUN_MS + 1500, 'cut soon after the limit')
  for (const { status, right, body } of await Promise.all(waiting)) assert.ok(status === 200 && right, `${status} ${body}`)
  over = true
  await load
  traffic.close()
  const { crashes, killed, ready } = (await infoOf('forever')).stats.replicas
  assert.deepEqual({ crashes, killed, ready }, { crashes: before.crashes, killed: before.killed + 1, ready: 1 })
  assert.deepEqual(traffic.faults, [])
  assert.equal(replicaPids(slipway.pid).length, 3)
})
