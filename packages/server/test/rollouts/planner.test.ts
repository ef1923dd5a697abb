import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Logger } from '../../src/observe/logger.ts'
import { Planner, type PlannerDeps } from '../../src/rollouts/planner.ts'
import type { RouteTable } from '../../src/serving/data-plane.ts'
import type { Plan } from '../../src/serving/plan.ts'
import { type Measurement, TooSlow } from '../../src/serving/planning/measure.ts'
import type { PlanKey } from '../../src/serving/planning/plan-store.ts'
import type { Revision } from '../../src/serving/revision.ts'
import { fakeClock } from '../support/clock.ts'

const AT_FIRST: Plan = { replicas: 1, threads: 2, spinning: false, why: 'large model' }
const BETTER: Measurement = {
  chosen: { replicas: 2, threads: 1, spinning: false },
  gain: 1.4,
  curve: [{ rows: 1, ms: 10 }],
  measured: [],
  spentMs: 812,
}
const AUTO = { count: 'auto', threads: 'auto', isolation: 'process', measure: true }

function setUp(measure: PlannerDeps['measure'], settings: object = AUTO) {
  const clock = fakeClock()
  const logged: string[] = []
  const log = (_: unknown, sentence: string) => void logged.push(sentence)
  const kept = new Map<string, Plan>()
  const requests = { asked: 0, running: false }
  const revision = (model: string) => {
    const own = {
      model,
      version: '1',
      package: { digest: `sha256:${model}` },
      settings: { replicas: settings, batching: { maxRows: 64 }, limits: { memoryBytes: 'auto' } },
      plan: AT_FIRST,
      execution: { provider: 'cpu' },
      asked: () => requests.asked,
      idle: () => !requests.running,
      replan: async (plan: Plan) => {
        own.plan = plan
      },
    }
    return own as unknown as Revision
  }
  const revisions = [revision('m'), revision('n')]
  const table = new Map(revisions.map((one) => [one.model, { name: one.model, serving: one, versions: new Map([['1', one]]) }]))
  const keyText = (key: PlanKey) => JSON.stringify(key)
  const planner = new Planner({
    clock,
    logger: { debug: () => undefined, info: log, warn: log } as unknown as Logger,
    machine: { cpus: 2, cpusFrom: '', memoryBytes: 1, memoryFrom: '' },
    cpu: { model: 'Some CPU', cores: 2 },
    engine: 'onnxruntime 1',
    httpProcesses: 1,
    store: {
      recall: async (key) => kept.get(keyText(key)),
      keep: async (key, plan) => void kept.set(keyText(key), plan),
    },
    dataPlane: { table: table as RouteTable },
    measure,
  })
  return { clock, logged, kept, requests, planner, table, m: revisions[0] as Revision, n: revisions[1] as Revision }
}

test('a better plan takes over once it is quiet, is said in one line, and is known at the next start', async () => {
  const { clock, planner, m, logged, kept } = setUp(async () => BETTER)
  planner.loaded(m)
  await clock.advance(1900)
  assert.deepEqual([m.plan, logged], [AT_FIRST, []])
  await clock.advance(200)
  const why = '1.4 × the throughput of 1 × 2 (measured in 0.8 s)'
  assert.deepEqual(m.plan, { ...BETTER.chosen, why, curve: BETTER.curve })
  assert.deepEqual(logged, [`m: 2 replicas × 1 thread, ${why}`])
  assert.equal(kept.size, 1)
  const recalled = await planner.recall(m.package, m.settings)
  assert.deepEqual(recalled, m.plan)
  assert.equal(await planner.recall({ ...m.package, digest: 'sha256:other' }, m.settings), undefined)
})

test('a plan that is the best already stays and is kept, too', async () => {
  const { clock, planner, m, logged, kept } = setUp(async () => ({ ...BETTER, chosen: AT_FIRST, gain: 1 }))
  planner.loaded(m)
  await clock.advance(3000)
  assert.deepEqual([m.plan.replicas, m.plan.threads, kept.size], [1, 2, 1])
  assert.match(logged.join(), /^m: 1 replica × 2 threads, the best of/)
})

test('a request under way is let be: the measurement waits, and comes when it is quiet', async () => {
  let measurements = 0
  const { clock, planner, m, requests } = setUp(async () => {
    measurements += 1
    return BETTER
  })
  requests.running = true
  planner.loaded(m)
  await clock.advance(4000)
  assert.equal(measurements, 0)
  requests.running = false
  await clock.advance(10_000)
  assert.equal(measurements, 1)
})

test('a request that comes ends the measurement within moments; after some tries it is given up', async () => {
  let [begun, ended] = [0, 0]
  const scene = setUp(
    (_, signal) =>
      new Promise((_resolve, reject) => {
        begun += 1
        signal.addEventListener('abort', () => {
          ended += 1
          reject(signal.reason)
        })
        scene.clock.after(100, () => {
          scene.requests.asked += 1
        })
      }),
  )
  const { clock, planner, m, logged } = scene
  planner.loaded(m)
  await clock.advance(2099)
  assert.deepEqual([begun, ended], [1, 0])
  await clock.advance(15)
  assert.deepEqual([begun, ended], [1, 1])
  await clock.advance(3_600_000)
  assert.deepEqual([begun, ended, m.plan], [6, 6, AT_FIRST])
  assert.match(logged.join(), /m: 1 replica × 2 threads stays unmeasured, since the server was never quiet/)
})

test('models are measured one after the other', async () => {
  let [now, most] = [0, 0]
  const scene = setUp(async () => {
    now += 1
    most = Math.max(most, now)
    await scene.clock.sleep(1000)
    now -= 1
    return BETTER
  })
  scene.planner.loaded(scene.m)
  scene.planner.loaded(scene.n)
  await scene.clock.advance(10_000)
  assert.deepEqual([most, scene.m.plan.replicas, scene.n.plan.replicas], [1, 2, 2])
})

test('nothing is measured where nothing is left open, it is turned off, or an earlier start has done it', async () => {
  for (const settings of [
    { ...AUTO, count: 2, threads: 1 },
    { ...AUTO, measure: false },
    { ...AUTO, isolation: 'inline' },
  ]) {
    const { clock, planner, m } = setUp(() => assert.fail('measured'), settings)
    planner.loaded(m)
    await clock.advance(10_000)
    assert.equal(await planner.recall(m.package, m.settings), undefined)
  }
  const { clock, planner, m } = setUp(() => assert.fail('measured'))
  await m.replan({ ...AT_FIRST, curve: [] })
  planner.loaded(m)
  await clock.advance(10_000)
})

test('what cannot be measured keeps its plan, with the reason in the log', async () => {
  const cases: readonly (readonly [PlannerDeps['measure'], RegExp])[] = [
    [() => Promise.reject(new TooSlow(1000)), /m: 1 replica × 2 threads stays, since its runs are too long for 1000 ms/],
    [async () => undefined, /the memory that is free holds no second set of replicas/],
    [() => Promise.reject(new Error('it does not open')), /could not be measured/],
  ]
  for (const [measure, said] of cases) {
    const { clock, planner, m, logged, kept } = setUp(measure)
    planner.loaded(m)
    await clock.advance(3000)
    assert.deepEqual([m.plan, kept.size], [AT_FIRST, 0])
    assert.match(logged.join(), said)
  }
})

test('a model that was taken out meanwhile is not measured; stop ends a measurement and waits for its end', async () => {
  const gone = setUp(() => assert.fail('measured'))
  gone.planner.loaded(gone.m)
  gone.table.delete('m')
  await gone.clock.advance(10_000)

  let ended = false
  const { clock, planner, m, logged } = setUp((_, signal) =>
    new Promise<undefined>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))).finally(() => {
      ended = true
    }),
  )
  planner.loaded(m)
  await clock.advance(2100)
  await planner.stop()
  assert.deepEqual([ended, m.plan, logged], [true, AT_FIRST, []])
})
