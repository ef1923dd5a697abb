import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InferResponse, ServeError, tensor } from '@slipway/protocol'
import { Forecast } from '../../../src/serving/batching/forecast.ts'
import { Batcher, type BatchOptions } from '../../../src/serving/layers/batch.ts'
import { fakeClock, settle } from '../../support/clock.ts'
import { fakeRunner } from '../../support/runner.ts'

function setUp(options: Partial<BatchOptions> = {}) {
  const clock = fakeClock()
  const runner = fakeRunner()
  const reasons: [number, string][] = []
  const batcher = new Batcher({
    model: 'm',
    version: '1',
    runner,
    clock,
    maxRows: 4,
    maxDelayMs: 0,
    maxQueueRows: 16,
    mixedShapes: true,
    forecast: new Forecast({ maxRows: options.maxRows ?? 4 }),
    onRun: ({ rows, reason }) => reasons.push([rows, reason]),
    ...options,
  })
  let count = 0
  const ask = (
    values: readonly number[],
    call: { deadlineMs?: number; signal?: { aborted: boolean }; trailing?: number } = {},
  ): Promise<InferResponse> => {
    count += 1
    const trailing = call.trailing ?? 1
    const shape = trailing === 1 ? [values.length] : [values.length / trailing, trailing]
    const inputs = new Map([['x', tensor('FP32', shape, Float32Array.from(values))]])
    const deadline = clock.monotonic() + (call.deadlineMs ?? 1000)
    const answer = batcher.infer(
      { model: 'm', inputs },
      { requestId: `r${count}`, dialect: 'test', deadline, signal: call.signal ?? { aborted: false }, decodeMs: 0 },
    )
    answer.catch(() => undefined)
    return answer
  }
  return { clock, runner, batcher, reasons, ask }
}

const values = (response: InferResponse) => Array.from(response.outputs.get('y')?.data as Float32Array)

test('an idle replica runs at once, with everything that has already arrived', async () => {
  const { ask, runner, reasons } = setUp()
  const answers = [ask([1]), ask([2])]
  await settle()
  assert.equal(runner.runs.length, 1)
  runner.runs[0]?.answer()
  assert.deepEqual((await Promise.all(answers)).map(values), [[10], [20]])
  assert.deepEqual(reasons, [[2, 'idle']])
})

test('rows gather while the replica is busy, and every answer gets its own rows', async () => {
  const { ask, runner, reasons } = setUp()
  const first = ask([1])
  await settle()
  const rest = [ask([2, 3]), ask([4])]
  await settle()
  assert.equal(runner.runs.length, 1)
  runner.runs[0]?.answer()
  await settle()
  runner.runs[1]?.answer()
  assert.deepEqual((await Promise.all([first, ...rest])).map(values), [[10], [20, 30], [40]])
  assert.equal((await (rest[0] as Promise<InferResponse>)).batchRows, 3)
  assert.deepEqual(
    reasons.map(([rows]) => rows),
    [1, 3],
  )
})

test('maxRows counts rows, not requests, and is never exceeded; only a full batch goes behind a running one', async () => {
  const { ask, runner, reasons } = setUp()
  void ask([1])
  await settle()
  void ask([1, 1])
  await settle()
  assert.equal(runner.runs.length, 1)
  for (const rows of [
    [2, 2],
    [3, 3, 3],
  ])
    void ask(rows)
  await settle()
  assert.deepEqual(
    runner.runs.map(({ parts }) => parts.length),
    [1, 2],
  )
  while (reasons.length < runner.runs.length || runner.runs.length < 3) {
    for (const run of runner.runs) run.answer()
    await settle()
  }
  assert.deepEqual(reasons.map(([rows]) => rows).sort(), [1, 3, 4])
  assert.ok(reasons.some(([rows, reason]) => rows === 4 && reason === 'full'))
})

test('more rows than maxRows are cut into runs and the answer is joined again', async () => {
  const { ask, runner } = setUp()
  const answer = ask([1, 2, 3, 4, 5, 6, 7, 8, 9])
  for (let turn = 0; turn < 6; turn++) {
    await settle()
    for (const run of runner.runs) run.answer()
  }
  assert.deepEqual(values(await answer), [10, 20, 30, 40, 50, 60, 70, 80, 90])
  assert.deepEqual(
    runner.runs.map(({ parts }) => parts[0]?.get('x')?.shape),
    [[4], [4], [1]],
  )
})

test('different trailing shapes are grouped, not refused, and no group starves', async () => {
  const { ask, runner } = setUp()
  void ask([0])
  await settle()
  void ask([1, 2], { trailing: 2 })
  void ask([5])
  void ask([3, 4], { trailing: 2 })
  runner.runs[0]?.answer()
  await settle()
  assert.deepEqual(
    runner.runs[1]?.parts.map((part) => part.get('x')?.shape),
    [
      [1, 2],
      [1, 2],
    ],
  )
  runner.runs[1]?.answer()
  await settle()
  assert.deepEqual(
    runner.runs[2]?.parts.map((part) => part.get('x')?.shape),
    [[1]],
  )
})

test('maxDelayMs holds an idle replica back until its time or a full batch', async () => {
  const { ask, runner, clock, reasons } = setUp({ maxDelayMs: 5 })
  void ask([1])
  await clock.advance(4)
  assert.equal(runner.runs.length, 0)
  await clock.advance(1)
  assert.equal(runner.runs.length, 1)
  runner.runs[0]?.answer()
  for (let request = 0; request < 4; request++) void ask([request])
  await settle()
  assert.equal(runner.runs.length, 2)
  runner.runs[1]?.answer()
  await settle()
  assert.deepEqual(reasons, [
    [1, 'delay'],
    [4, 'full'],
  ])
})

test('a model that cannot be batched runs each request by itself', async () => {
  const { ask, runner } = setUp({ maxRows: 0 })
  const answers = [ask([1, 2, 3, 4, 5, 6]), ask([7])]
  await settle()
  assert.deepEqual(
    runner.runs.map(({ parts }) => parts.length),
    [1, 1],
  )
  for (const run of runner.runs) run.answer()
  assert.deepEqual((await Promise.all(answers)).map(values), [[10, 20, 30, 40, 50, 60], [70]])
})

test('a deadline answers 504 at its time, frees its place in the queue and is never run', async () => {
  const { ask, runner, clock, batcher } = setUp()
  void ask([1])
  await settle()
  const late = ask([2], { deadlineMs: 50 })
  const patient = ask([3])
  await settle()
  assert.equal(batcher.queueRows, 2)
  await clock.advance(50)
  await assert.rejects(late, { code: 'DEADLINE_EXCEEDED' })
  assert.equal(batcher.queueRows, 1)
  runner.runs[0]?.answer()
  await settle()
  runner.runs[1]?.answer()
  assert.deepEqual(values(await patient), [30])
  assert.deepEqual(runner.runs[1]?.requestIds, ['r3'])
})

test('a deadline answers its caller while the run goes on, without harm to its companions', async () => {
  const { ask, runner, clock } = setUp()
  const [hasty, patient] = [ask([1], { deadlineMs: 10 }), ask([2])]
  await clock.advance(10)
  await assert.rejects(hasty, { code: 'DEADLINE_EXCEEDED' })
  runner.runs[0]?.answer()
  assert.deepEqual(values(await patient), [20])
})

test('a caller that has gone away is not run', async () => {
  const { ask, runner } = setUp()
  void ask([1])
  await settle()
  const signal = { aborted: false }
  const gone = ask([2], { signal })
  void ask([3])
  signal.aborted = true
  runner.runs[0]?.answer()
  await settle()
  await assert.rejects(gone, { code: 'CANCELLED' })
  assert.deepEqual(runner.runs[1]?.requestIds, ['r3'])
})

test('the queue is bounded by rows, and says so; there is room for a request while it is not full', async () => {
  const { ask } = setUp({ maxQueueRows: 4 })
  void ask([1])
  await settle()
  void ask([1, 2, 3])
  void ask([4, 5])
  await assert.rejects(ask([6]), { code: 'UNAVAILABLE', message: /5 rows are waiting already, and limits.maxQueueRows is 4/ })
})

test('a request that is let in is let in whole, also when it is larger than the queue', async () => {
  const { ask, runner } = setUp({ maxQueueRows: 2 })
  const answer = ask([1, 2, 3, 4, 5, 6, 7, 8, 9])
  for (let turn = 0; turn < 6; turn++) {
    await settle()
    for (const run of runner.runs) run.answer()
  }
  assert.equal(values(await answer).length, 9)
})

test('when a part of a cut request fails, the whole fails, once', async () => {
  const { ask, runner } = setUp()
  const answer = ask([1, 2, 3, 4, 5, 6])
  await settle()
  runner.runs[0]?.fail(new ServeError('UNAVAILABLE', 'the worker crashed'))
  await assert.rejects(answer, { code: 'UNAVAILABLE' })
  await settle()
  runner.runs[1]?.fail(new ServeError('UNAVAILABLE', 'the worker crashed again'))
  await settle()
})

test('what would only be answered after its deadline is refused at once', async () => {
  const { ask, runner, clock } = setUp()
  void ask([1])
  await settle()
  await clock.advance(100)
  runner.runs[0]?.answer(100)
  await settle()
  void ask([1])
  await settle()
  for (let request = 0; request < 6; request++) void ask([request])
  await settle()
  await assert.rejects(ask([9], { deadlineMs: 50 }), { code: 'UNAVAILABLE', message: /longer than the 50 ms/ })
})

test("one request's bad values do not fail the strangers in its run", async () => {
  const { ask, runner } = setUp()
  const answers = [ask([1]), ask([2]), ask([3])]
  await settle()
  runner.runs[0]?.fail(new ServeError('INVALID_ARGUMENT', 'index out of range'))
  for (let turn = 0; turn < 6; turn++) {
    await settle()
    for (const run of runner.runs.slice(1)) {
      if (run.requestIds[0] === 'r2') run.fail(new ServeError('INVALID_ARGUMENT', 'index out of range'))
      else run.answer()
    }
  }
  assert.deepEqual(values(await (answers[0] as Promise<InferResponse>)), [10])
  await assert.rejects(answers[1] as Promise<InferResponse>, { code: 'INVALID_ARGUMENT' })
  assert.deepEqual(values(await (answers[2] as Promise<InferResponse>)), [30])
})

test('a lost frame fails all that were in it, and is not run again', async () => {
  const { ask, runner } = setUp()
  const answers = [ask([1]), ask([2])]
  await settle()
  runner.runs[0]?.fail(new ServeError('UNAVAILABLE', 'the worker crashed'))
  for (const answer of answers) await assert.rejects(answer, { code: 'UNAVAILABLE' })
  await settle()
  assert.equal(runner.runs.length, 1)
})

test('an open breaker refuses those who wait and those who come', async () => {
  const { ask, runner } = setUp()
  void ask([1])
  await settle()
  const waiting = ask([2])
  runner.broke = new ServeError('UNAVAILABLE', 'keeps dying')
  runner.notify()
  await assert.rejects(waiting, { message: 'keeps dying' })
  await assert.rejects(ask([3]), { message: 'keeps dying' })
})

test('inputs that disagree on the number of rows are refused', async () => {
  const { batcher, clock } = setUp()
  const inputs = new Map([
    ['a', tensor('FP32', [2], Float32Array.of(1, 2))],
    ['b', tensor('FP32', [3], Float32Array.of(1, 2, 3))],
  ])
  const context = { requestId: 'r', dialect: 'test', deadline: clock.monotonic() + 100, signal: { aborted: false }, decodeMs: 0 }
  await assert.rejects(batcher.infer({ model: 'm', inputs }, context), {
    code: 'INVALID_ARGUMENT',
    message: /"b" has 3 rows, another has 2/,
  })
})

test('drain resolves when all that was let in is answered', async () => {
  const { ask, runner, batcher } = setUp()
  void ask([1])
  await settle()
  void ask([2])
  let drained = false
  const draining = batcher.drain().then(() => {
    drained = true
  })
  await settle()
  runner.runs[0]?.answer()
  await settle()
  assert.equal(drained, false)
  runner.runs[1]?.answer()
  await draining
})

test('drain waits for those whose run failed for a stranger, and who run again alone', async () => {
  const { ask, runner, batcher } = setUp()
  const answers = [ask([1]), ask([2])]
  await settle()
  let drained = false
  const draining = batcher.drain().then(() => {
    drained = true
  })
  runner.runs[0]?.fail(new ServeError('INVALID_ARGUMENT', 'index out of range'))
  await settle()
  assert.equal(drained, false)
  runner.runs[1]?.fail(new ServeError('INVALID_ARGUMENT', 'index out of range'))
  await settle()
  runner.runs[2]?.answer()
  await draining
  assert.deepEqual(
    (await Promise.allSettled(answers)).map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
})

test('requests without rows count as one row each in the queue', async () => {
  const { ask, runner } = setUp({ maxQueueRows: 3 })
  void ask([1])
  await settle()
  for (let request = 0; request < 3; request++) void ask([])
  await assert.rejects(ask([]), { code: 'UNAVAILABLE', message: /limits\.maxQueueRows is 3/ })
  runner.runs[0]?.answer()
  await settle()
})
