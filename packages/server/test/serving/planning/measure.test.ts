import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WorkerSpec } from '../../../src/replicas/carrier.ts'
import type { Shape } from '../../../src/serving/plan.ts'
import { candidates, engineDefault } from '../../../src/serving/planning/candidates.ts'
import { type Measurement, type MeasureOptions, measure } from '../../../src/serving/planning/measure.ts'
import { Rig } from '../../../src/serving/planning/rig.ts'
import { fakeClock } from '../../support/clock.ts'
import { timedCarrier } from '../../support/timed-carrier.ts'
import { rows } from '../../support/worker-spec.ts'

const TWO = { cpus: 2, cores: 2, mostReplicas: 9 }

/** Measures a model whose runs take that long, moving the clock as long as it lasts. */
async function measured(
  runMs: (spec: WorkerSpec, rows: number) => number,
  { current, abortAfterMs, ...more }: Partial<MeasureOptions> & { readonly current: Shape; readonly abortAfterMs?: number },
) {
  const clock = fakeClock()
  const carrier = timedCarrier(clock, runMs)
  const controller = new AbortController()
  const { signal } = controller
  if (abortAfterMs !== undefined) clock.after(abortAfterMs, () => controller.abort(new Error('aborted')))
  const open = (shape: Shape) =>
    Rig.open({
      carrier,
      clock,
      spec: { ...shape, memoryBytes: 1 } as unknown as WorkerSpec,
      replicas: shape.replicas,
      openMs: 5000,
      rows: [rows(1)],
      signal,
    })
  let ended = false
  const measuring = measure({
    clock,
    budgetMs: 1000,
    shapes: candidates(TWO, { count: 'auto', threads: 'auto' }),
    current,
    engine: engineDefault(TWO.cores),
    maxRows: 64,
    goal: { cpus: TWO.cpus, serveMs: 0.05, httpProcesses: 1 },
    signal,
    open,
    ...more,
  }).finally(() => {
    ended = true
  })
  measuring.catch(() => undefined)
  while (!ended) await clock.advance(1)
  return { outcome: await measuring.catch((error: Error) => error), alive: carrier.alive }
}

const shape = (replicas: number, threads: number): Shape => ({ replicas, threads, spinning: false })
/** Two threads make a run a third quicker; spinning gains nothing. */
const poorThreads = ({ threads }: WorkerSpec, count: number) => (count * 10) / (threads === 1 ? 1 : 1.5)

test('one thread each on two replicas is found where threads help little', async () => {
  const { outcome, alive } = await measured(poorThreads, { current: shape(1, 2) })
  const { chosen, gain, curve, spentMs } = outcome as Measurement
  assert.deepEqual(chosen, shape(2, 1))
  assert.ok(gain > 1.25 && gain < 1.4, `gain ${gain}`)
  assert.deepEqual(curve[0]?.rows, 1)
  assert.ok(spentMs <= 1000, `${spentMs} ms`)
  assert.equal(alive.now, 0)
})

test('what serves already stays where nothing is clearly better', async () => {
  const { outcome } = await measured(({ threads }, count) => (count * 10) / threads, { current: shape(1, 2) })
  assert.deepEqual([(outcome as Measurement).chosen.threads, (outcome as Measurement).gain], [2, 1])
})

test('the default of the engine is taken when it is the quickest', async () => {
  const { outcome } = await measured(({ threads, spinning }, count) => (count * 10) / (threads === 2 && spinning ? 4 : 1), {
    current: shape(1, 1),
  })
  assert.deepEqual((outcome as Measurement).chosen, { replicas: 1, threads: 2, spinning: true })
})

test('each plan is judged at the rows that suit it: here joined rows pay only where threads share them', async () => {
  const runMs = ({ threads }: WorkerSpec, count: number) => (threads === 1 ? 8 * count * (count > 1 ? 1.4 : 1) : 6 + 4.5 * (count - 1))
  const { outcome } = await measured(runMs, { current: shape(1, 2) })
  const { chosen, curve } = outcome as Measurement
  // 2 × 1 answers a row in 4 ms, one by one; 1 × 2 takes 4.9 ms a row even in runs of four.
  assert.deepEqual(chosen, shape(2, 1))
  assert.deepEqual(
    curve.map(({ rows: count, ms }) => [count, Math.round(ms)]),
    [
      [1, 8],
      [4, 45],
    ],
  )
})

test('runs of a tiny model are joined as serving joins them, and never by more than its most rows', async () => {
  const tiny = await measured((_, count) => 1 + count * 0.01, { current: shape(1, 1), maxRows: 8 })
  assert.deepEqual(
    (tiny.outcome as Measurement).curve.map((point) => point.rows),
    [1, 8],
  )
  const apart = await measured(() => 1, { current: shape(1, 1), maxRows: 1 })
  assert.deepEqual(
    (apart.outcome as Measurement).curve.map((point) => point.rows),
    [1],
  )
})

test('a model of long runs takes no more than the time that was given, and leaves no worker', async () => {
  const { outcome, alive } = await measured(() => 400, { current: shape(1, 2) })
  assert.equal((outcome as Error).name, 'TooSlow')
  assert.equal(alive.now, 0)
})

test('with too little time for turns, only a lead that leaves no doubt is believed', async () => {
  const long = (gain: number) => measured(({ threads }) => (threads === 1 ? 160 / gain : 80), { current: shape(1, 2) })
  assert.deepEqual(((await long(1.6)).outcome as Measurement).chosen, shape(2, 1))
  assert.deepEqual(((await long(1.15)).outcome as Measurement).chosen.threads, 2)
})

test('an abort ends it at once, with every worker', async () => {
  const { outcome, alive } = await measured(poorThreads, { current: shape(1, 2), abortAfterMs: 100 })
  assert.equal((outcome as Error).message, 'aborted')
  assert.equal(alive.now, 0)
})
