/** What holds whatever comes and whatever runs take: against simulated replicas in simulated time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Forecast } from '../../../src/serving/batching/forecast.ts'
import { Batcher } from '../../../src/serving/layers/batch.ts'
import { type Arrival, arrive, type Outcome, type SimulatedRun, SimulatedTime, simulatedRunner } from '../../support/simulation.ts'

const CURVES: Readonly<Record<string, (rows: number) => number>> = {
  linear: (rows) => 3 * rows,
  constant: (rows) => 2 + 0.05 * rows,
  steps: (rows) => 4 * Math.ceil(rows / 8),
  superlinear: (rows) => 1 + 0.1 * rows + 0.05 * rows * rows,
}

interface Case {
  readonly curve: string
  readonly replicas: number
  readonly maxRows: number
  readonly targetP99Ms: number | undefined
  readonly arrivals: readonly Arrival[]
}

const cases = fc.record({
  curve: fc.constantFrom(...Object.keys(CURVES)),
  replicas: fc.integer({ min: 1, max: 3 }),
  maxRows: fc.constantFrom(0, 2, 8, 32),
  targetP99Ms: fc.constantFrom(undefined, 5, 40),
  arrivals: fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 300 }),
      rows: fc.constantFrom(1, 1, 1, 2, 5, 40),
      deadlineMs: fc.constantFrom(15, 60, 1e6),
    }),
    { minLength: 1, maxLength: 120 },
  ),
})

async function simulate(
  given: Case,
  arrivals = given.arrivals,
): Promise<{ outcomes: readonly Outcome[]; runs: readonly SimulatedRun[]; idle: number }> {
  const { replicas, maxRows, targetP99Ms } = given
  const time = new SimulatedTime()
  const runner = simulatedRunner(time, { replicas, transportMs: 0.2, timeOf: CURVES[given.curve] as (rows: number) => number })
  const batcher = new Batcher({
    model: 'm',
    version: '1',
    runner,
    clock: time.clock,
    maxRows,
    maxDelayMs: 0,
    maxQueueRows: 1e6,
    mixedShapes: false,
    forecast: new Forecast({ maxRows }),
    targetP99Ms,
    onRun: () => undefined,
  })
  const outcomes = arrive(time, batcher.infer, arrivals)
  let idle = 0
  await time.run(() => {
    if (batcher.queueRows > 0 && runner.free() > 0) idle += 1
  })
  assert.equal(batcher.queueRows, 0)
  return { outcomes, runs: runner.runs, idle }
}

const property = (check: (given: Case) => Promise<void>) =>
  fc.assert(fc.asyncProperty(cases, check), { numRuns: 60, interruptAfterTimeLimit: 20_000 })

test('every request is answered once, with its own rows', () =>
  property(async (given) => {
    const { outcomes } = await simulate(given)
    assert.deepEqual(
      outcomes.map(({ id }) => id).sort((a, b) => a - b),
      [...given.arrivals.keys()],
    )
    for (const { id, answer } of outcomes) {
      if (answer === undefined) continue
      const { rows } = given.arrivals[id] as Arrival
      assert.deepEqual(answer.outputs.get('y')?.data, new Float32Array(rows).fill(2 * id))
    }
  }))

test('no run holds more than maxRows', () =>
  property(async (given) => {
    const { runs } = await simulate(given)
    if (given.maxRows > 0) for (const { rows } of runs) assert.ok(rows <= given.maxRows, `${rows} rows`)
    else for (const { requestIds } of runs) assert.equal(requestIds.length, 1)
  }))

test('no replica is idle while rows wait', () =>
  property(async (given) => {
    const { idle } = await simulate(given)
    assert.equal(idle, 0)
  }))

test('without hurry requests run in the order in which they came', () =>
  property(async (given) => {
    const patient = given.arrivals.map((arrival) => ({ ...arrival, deadlineMs: 1e6 })).sort((a, b) => a.atMs - b.atMs)
    const { runs, outcomes } = await simulate(given, patient)
    assert.ok(outcomes.every(({ answer }) => answer !== undefined))
    const order = runs.flatMap(({ requestIds }) => requestIds.map(Number))
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    )
  }))

test('no caller waits past its deadline', () =>
  property(async (given) => {
    const { outcomes } = await simulate(given)
    for (const { id, ms } of outcomes) assert.ok(ms <= (given.arrivals[id] as Arrival).deadlineMs + 1e-6)
  }))

test('what is late by its own run, behind others, is dropped and holds nobody up', async () => {
  const given = { curve: 'linear', replicas: 1, maxRows: 8, targetP99Ms: undefined, arrivals: [] }
  const taught = Array.from({ length: 40 }, (_, index) => ({ atMs: index * 40, rows: 1 + (index % 4), deadlineMs: 1e6 }))
  const rush: Arrival[] = [
    { atMs: 3000, rows: 8, deadlineMs: 1e6 },
    { atMs: 3001, rows: 4, deadlineMs: 30 },
    { atMs: 3001, rows: 1, deadlineMs: 37 },
  ]
  const { outcomes } = await simulate(given, [...taught, ...rush])
  const [late, quick] = [40 + 1, 40 + 2].map((id) => outcomes.find((outcome) => outcome.id === id))
  assert.ok(late?.error !== undefined && quick?.answer !== undefined, JSON.stringify([late, quick]))
})
