import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InferRequest, type InferResponse, ServeError, tensor } from '@slipway/protocol'
import { createCacheMetrics, type Kept } from '../../../src/observe/cache-metrics.ts'
import { createMetrics } from '../../../src/observe/metrics.ts'
import type { Answer } from '../../../src/serving/answers/answer.ts'
import { createKeyOf } from '../../../src/serving/answers/key.ts'
import type { SharedAnswers } from '../../../src/serving/answers/shared.ts'
import type { CallContext } from '../../../src/serving/infer.ts'
import { Cache } from '../../../src/serving/layers/cache.ts'
import { fakeClock, settle } from '../../support/clock.ts'

interface Run {
  readonly request: InferRequest
  readonly context: CallContext
  answer(): void
  fail(error: ServeError): void
}

interface Given {
  readonly maxBytes?: number
  readonly ttlMs?: number
  readonly shared?: SharedAnswers
  readonly keptElsewhere?: () => Kept
}

/** A cache before a model whose runs a test answers by hand: each row times ten, as a view of a larger frame. */
function cached({ maxBytes = 1 << 20, ttlMs = 1000, shared, keptElsewhere }: Given = {}) {
  const clock = fakeClock()
  const metrics = createMetrics()
  const own = { model: 'm', version: '1' }
  const turned: string[] = []
  const cache = new Cache({
    ...own,
    maxBytes,
    ttlMs,
    keyOf: createKeyOf({ ...own, digest: 'd' }),
    clock,
    metrics: createCacheMetrics(metrics, own),
    shared,
    keptElsewhere,
    onWorth: (on, why) => turned.push(`${on}: ${why}`),
  })
  const runs: Run[] = []
  const infer = cache.layer(
    (request, context) =>
      new Promise<InferResponse>((resolve, reject) => {
        const cancel = clock.after(context.deadline - clock.monotonic(), () => reject(new ServeError('DEADLINE_EXCEEDED', 'expired')))
        const answer = () => {
          cancel()
          const frame = new Float32Array(4096)
          frame.set(Array.from(request.inputs.get('x')?.data as Float32Array, (value) => value * 10))
          const outputs = new Map([['y', tensor('FP32', [1, 2], frame.subarray(0, 2))]])
          resolve({ ...own, outputs, phases: { queue: 1, infer: 2 }, rows: 1, batchRows: 4 })
        }
        runs.push({ request, context, answer, fail: reject })
      }),
  )
  let ids = 0
  const ask = (value: number, given: Partial<CallContext> & { readonly id?: string; readonly withinMs?: number } = {}) => {
    const { id, withinMs = 500, ...context } = given
    ids += 1
    const inputs = new Map([['x', tensor('FP32', [1, 2], Float32Array.of(value, value + 1))]])
    const request: InferRequest = id === undefined ? { model: 'm', inputs } : { model: 'm', inputs, id }
    const deadline = clock.monotonic() + withinMs
    return infer(request, { requestId: `r${ids}`, dialect: 'v2', deadline, signal: { aborted: false }, decodeMs: 0, ...context })
  }
  return { clock, cache, runs, ask, turned, metrics, counts: () => cache.info().requests }
}

const valuesOf = (response: InferResponse) => Array.from(response.outputs.get('y')?.data as Float32Array)
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: ServeError) => error.code,
  )

test('the second of two equal requests is answered without a run, with an id and phases of its own', async () => {
  const { ask, runs, counts } = cached()
  const first = ask(1, { id: 'a' })
  runs[0]?.answer()
  assert.deepEqual([(await first).cache, (await first).id, (await first).phases.infer], ['miss', 'a', 2])
  const second = await ask(1, { id: 'b' })
  assert.deepEqual([second.cache, second.id, valuesOf(second)], ['hit', 'b', [10, 20]])
  assert.deepEqual(Object.keys(second.phases), ['cache'])
  assert.equal((await ask(1)).id, undefined)
  assert.equal(runs.length, 1)
  assert.deepEqual(counts(), { hit: 2, coalesced: 0, miss: 1, off: 0 })
})

test('what is kept does not hold the frame that it came in', async () => {
  const { ask, runs, cache } = cached()
  const first = ask(1)
  runs[0]?.answer()
  await first
  const { data } = (await ask(1)).outputs.get('y') as { data: Float32Array }
  assert.equal(data.buffer.byteLength, 8)
  assert.ok(cache.info().bytes > 8 && cache.info().bytes < 2000)
})

test('an answer is given again until its time is over, however often it was asked for', async () => {
  const { ask, runs, clock } = cached({ ttlMs: 100 })
  const first = ask(1)
  runs[0]?.answer()
  await first
  await clock.advance(99)
  assert.equal((await ask(1)).cache, 'hit')
  await clock.advance(1)
  const late = ask(1)
  runs[1]?.answer()
  assert.equal((await late).cache, 'miss')
})

test('the budget is kept: what was used longest ago is run again', async () => {
  const { ask, runs, cache } = cached({ maxBytes: 3000 })
  for (let value = 0; value < 10; value++) {
    const asked = ask(value)
    runs[value]?.answer()
    await asked
    assert.ok(cache.info().bytes <= 3000)
  }
  assert.ok(cache.info().evictions > 0)
  assert.equal((await ask(9)).cache, 'hit')
  const oldest = ask(0)
  runs[10]?.answer()
  assert.equal((await oldest).cache, 'miss')
})

test('a thousand equal requests at once are one run', async () => {
  const { ask, runs, counts } = cached()
  const asked = Array.from({ length: 1000 }, (_, index) => ask(1, { id: String(index) }))
  assert.equal(runs.length, 1)
  runs[0]?.answer()
  const answers = await Promise.all(asked)
  assert.ok(answers.every((answer, index) => answer.id === String(index) && valuesOf(answer)[1] === 20))
  assert.equal(new Set(answers.map(({ phases }) => phases)).size, 1000)
  assert.deepEqual(counts(), { hit: 0, coalesced: 999, miss: 1, off: 0 })
})

test('other inputs are other runs', async () => {
  const { ask, runs } = cached()
  const asked = [ask(1), ask(2)]
  for (const run of runs) run.answer()
  assert.deepEqual((await Promise.all(asked)).map(valuesOf), [
    [10, 20],
    [20, 30],
  ])
})

test('a follower with less time than the run is told so when its own time is over, and nobody else is', async () => {
  const { ask, runs, clock } = cached()
  const leader = ask(1, { withinMs: 500 })
  const hurried = ask(1, { withinMs: 50 })
  const outcome = codeOf(hurried)
  await clock.advance(50)
  assert.equal(await outcome, 'DEADLINE_EXCEEDED')
  runs[0]?.answer()
  assert.equal((await leader).cache, 'miss')
})

test('when the first runs out of time, those who have more start the run again, with the time of the most patient', async () => {
  const { ask, runs, clock, counts } = cached()
  const outcomes = [codeOf(ask(1, { withinMs: 50 })), codeOf(ask(1, { withinMs: 200 })), codeOf(ask(1, { withinMs: 300 }))]
  await clock.advance(50)
  assert.equal(await outcomes[0], 'DEADLINE_EXCEEDED')
  assert.equal(runs.length, 2)
  assert.equal(runs[1]?.context.deadline, clock.monotonic() + 250)
  await clock.advance(150)
  assert.equal(await outcomes[1], 'DEADLINE_EXCEEDED')
  runs[1]?.answer()
  assert.equal(await outcomes[2], 'answered')
  assert.deepEqual(counts(), { hit: 0, coalesced: 2, miss: 1, off: 0 })
})

test('when the first goes away, the others are answered; the run is told that all have gone only when all have', async () => {
  const { ask, runs } = cached()
  const [leaving, staying] = [{ aborted: false }, { aborted: false }]
  const outcomes = [codeOf(ask(1, { signal: leaving })), codeOf(ask(1, { signal: staying }))]
  leaving.aborted = true
  assert.equal(runs[0]?.context.signal.aborted, false)
  staying.aborted = true
  assert.equal(runs[0]?.context.signal.aborted, true)
  // The batcher has seen that all had gone; just then somebody came.
  const late = ask(1)
  runs[0]?.fail(new ServeError('CANCELLED', 'gone'))
  await settle()
  runs[1]?.answer()
  assert.deepEqual(await Promise.all(outcomes), ['CANCELLED', 'CANCELLED'])
  assert.equal((await late).cache, 'miss')
})

test('an error goes to all who wait and is not kept; a run that was cut is not tried again', async () => {
  for (const code of ['INVALID_ARGUMENT', 'UNAVAILABLE', 'INTERNAL', 'DEADLINE_EXCEEDED', 'CANCELLED'] as const) {
    const { ask, runs } = cached()
    const outcomes = [codeOf(ask(1)), codeOf(ask(1))]
    runs[0]?.fail(new ServeError(code, 'no'))
    assert.deepEqual(await Promise.all(outcomes), [code, code])
    assert.equal(runs.length, 1)
    const again = ask(1)
    runs[1]?.answer()
    assert.equal((await again).cache, 'miss')
  }
})

test('no-cache starts a run of its own and keeps its answer; no-store keeps none', async () => {
  const { ask, runs, cache } = cached()
  const answered = async (given: Parameters<typeof ask>[1]) => {
    const asked = ask(1, given)
    runs.at(-1)?.answer()
    return (await asked).cache
  }
  assert.equal(await answered({ freshness: 'no-store' }), 'off')
  assert.equal(cache.info().entries, 0)
  assert.equal(await answered({}), 'miss')
  assert.equal(await answered({ freshness: 'no-cache' }), 'miss')
  assert.equal(runs.length, 3)
  assert.equal(await answered({}), 'hit')
})

test('a more urgent request does not wait for a less urgent run', async () => {
  const { ask, runs } = cached()
  const asked = [ask(1, { priority: 9 }), ask(1, { priority: 9 }), ask(1), ask(1, { priority: 7 })]
  assert.deepEqual(
    runs.map(({ context }) => context.priority),
    [9, undefined],
  )
  for (const run of runs) run.answer()
  assert.deepEqual(
    (await Promise.all(asked)).map(({ cache }) => cache),
    ['miss', 'coalesced', 'miss', 'coalesced'],
  )
})

test('it is turned off by inputs that never come again, says so once with figures, and holds next to nothing then', async () => {
  const { ask, runs, cache, turned, metrics, counts } = cached({ maxBytes: 1 << 24 })
  for (let value = 0; value < 4000; value++) {
    const asked = ask(value)
    runs.at(-1)?.answer()
    await asked
  }
  assert.equal(turned.length, 1)
  assert.match(turned[0] ?? '', /^false: it does not pay: 0 % of the last look-ups saved a run of 0\.5 ms, and each cost 0 ms$/)
  assert.equal(cache.info().on, false)
  assert.match(metrics.render(), /slipway_cache_on\{model="m",version="1"\} 0/)
  const { hit, coalesced, miss, off } = counts()
  assert.ok(off > 1500 && hit + coalesced + miss + off === 4000)
})

const sharing = (found: Answer | undefined, waitFor: Promise<void> = Promise.resolve()) => {
  const sets: string[] = []
  const limits: number[] = []
  const shared: SharedAnswers = {
    state: 'ready',
    get: async (_, limitMs) => {
      limits.push(limitMs)
      await waitFor
      return found === undefined ? { result: 'miss', leftMs: 0 } : { result: 'hit', answer: found, leftMs: 40 }
    },
    set: (key) => void sets.push(key),
  }
  return { shared, sets, limits }
}

test('what another server has kept is a hit, is kept here for the time it has left, and is asked for once', async () => {
  const outputs = new Map([['y', tensor('FP32', [1, 2], Float32Array.of(7, 8))]])
  const { shared, sets, limits } = sharing({ outputs, rows: 1, batchRows: 1 })
  const { ask, runs, clock, cache } = cached({ shared })
  const answers = await Promise.all([ask(1, { withinMs: 30 }), ask(1)])
  assert.deepEqual(
    answers.map((answer) => [answer.cache, valuesOf(answer)]),
    [
      ['hit', [7, 8]],
      ['coalesced', [7, 8]],
    ],
  )
  assert.deepEqual([runs.length, sets.length, limits], [0, 0, [30]])
  assert.equal((await ask(1)).cache, 'hit')
  assert.deepEqual(cache.info().redis, { state: 'ready', hit: 1, miss: 0, error: 0 })
  await clock.advance(40)
  await ask(1)
  assert.equal(limits.length, 2)
})

test('closing waits for runs that have still to start behind a slow shared tier', async () => {
  let release = () => {}
  const { shared, sets } = sharing(undefined, new Promise((resolve) => (release = resolve)))
  const { ask, runs, cache } = cached({ shared })
  const asked = ask(1)
  let drained = false
  void cache.drain().then(() => (drained = true))
  await settle()
  assert.deepEqual([runs.length, drained], [0, false])
  release()
  await settle()
  assert.equal(drained, false)
  runs[0]?.answer()
  await asked
  await settle()
  assert.deepEqual([drained, sets.length], [true, 1])
})

test('what other processes keep is told with what this one keeps', async () => {
  const { ask, runs, cache, metrics } = cached({ keptElsewhere: () => ({ bytes: 5000, entries: 3, evictions: 2 }) })
  const first = ask(1)
  runs[0]?.answer()
  await first
  const { bytes, entries, evictions } = cache.info()
  assert.ok(bytes > 5008 && bytes < 7000)
  assert.deepEqual([entries, evictions], [4, 2])
  assert.match(metrics.render('prometheus'), /slipway_cache_entries\{model="m",version="1"\} 4\n/)
})
