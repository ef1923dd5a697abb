import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServeError } from '@slipway/protocol'
import { type Ask, closedLoop, openLoop } from '../../src/tune/load.ts'
import { climb, settle } from '../../src/tune/trial.ts'
import { fakeClock } from '../support/clock.ts'

const { signal } = new AbortController()

/** Runs on a clock that moves as long as the work lasts. */
async function timed<T>(work: (clock: ReturnType<typeof fakeClock>) => Promise<T>): Promise<T> {
  const clock = fakeClock()
  let over = false
  const result = work(clock).finally(() => {
    over = true
  })
  result.catch(() => undefined)
  while (!over) await clock.advance(1)
  return result
}

/** One worker that joins what waits into runs of `rows` at most, each of which takes `runMs`. */
function worker(clock: ReturnType<typeof fakeClock>, { rows, runMs }: { readonly rows: number; readonly runMs: number }): Ask {
  const waiting: ((rows: number) => void)[] = []
  let running = false
  const next = () => {
    const taken = waiting.splice(0, rows)
    running = taken.length > 0
    if (running)
      clock.after(runMs, () => {
        for (const answer of taken) answer(taken.length)
        next()
      })
  }
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (!running) clock.soon(() => !running && next())
    })
}

test('clients that wait for each other: as many a second as the worker answers, timed from when they were sent', async () => {
  const figures = await timed((clock) => closedLoop(worker(clock, { rows: 4, runMs: 10 }), { clients: 4, forMs: 1000 }, { clock, signal }))
  assert.ok(Math.abs(figures.perSecond - 400) < 5, `${figures.perSecond}`)
  assert.deepEqual([figures.p50Ms, figures.p99Ms, figures.meanRows], [10, 10, 4])
})

test('requests that come when they like are timed from when they should have come, the wait for a stuck worker included', async () => {
  const figures = await timed((clock) => {
    let first = true
    const stuck: Ask = () => {
      const ms = first ? 400 : 1
      first = false
      return last(clock.sleep(ms))
    }
    let tail: Promise<unknown> = Promise.resolve()
    const last = (work: Promise<void>) => {
      tail = Promise.all([tail, work])
      return tail.then(() => 1)
    }
    return openLoop(stuck, { perSecond: 100, forMs: 1000, random: () => 1 - Math.exp(-1) }, { clock, signal })
  })
  assert.ok(figures.p99Ms > 350 && figures.p50Ms < 10, `p50 ${figures.p50Ms}, p99 ${figures.p99Ms}`)
})

test('refusals are counted, any other failure ends the load', async () => {
  const failing = (code: 'UNAVAILABLE' | 'INVALID_ARGUMENT') =>
    timed((clock) => openLoop(() => Promise.reject(new ServeError(code, 'no')), { perSecond: 100, forMs: 500 }, { clock, signal }))
  assert.ok((await failing('UNAVAILABLE')).refused > 10)
  await assert.rejects(failing('INVALID_ARGUMENT'), { code: 'INVALID_ARGUMENT' })
})

test('the heaviest load within the target is found, and none beyond is kept', async () => {
  const options = { rows: 4, runMs: 10 }
  const tight = await timed((clock) => climb(worker(clock, options), { clock, signal, targetP99Ms: 15, forMs: 2000 }))
  assert.deepEqual([tight.meets, tight.p99Ms, Math.round(tight.rowsPerSecond / 50) * 50], [true, 10, 400])
  const none = await timed((clock) => climb(worker(clock, options), { clock, signal, targetP99Ms: 5, forMs: 2000 }))
  assert.deepEqual([none.meets, none.p99Ms], [false, 10])
  assert.deepEqual(
    none.points.map(({ clients }) => clients),
    [1, 2],
  )
})

test('a rate is settled on that random arrivals keep within the target', async () => {
  const settled = await timed(async (clock) => {
    const ask = worker(clock, { rows: 4, runMs: 10 })
    const options = { clock, signal, targetP99Ms: 30, forMs: 2000 }
    return settle(ask, await climb(ask, options), options)
  })
  assert.ok(settled.meets && settled.rowsPerSecond < 400 && settled.rowsPerSecond > 100, JSON.stringify(settled))
  assert.ok(settled.p99Ms <= 30)
})
