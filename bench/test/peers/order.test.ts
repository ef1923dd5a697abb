import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../packages/server/src/base/random.ts'
import { poissonArrivals } from '../../peers/arrivals.ts'
import { barePlans, creditFor } from '../../peers/bare.ts'
import { withReport } from '../../peers/page.ts'
import { emptyResults, resumeResults } from '../../peers/results.ts'

test('the same seed gives the same arrivals, another gives others, and their mean rate is the one that was asked for', () => {
  const arrivals = poissonArrivals(100, 60_000, 5)
  assert.deepEqual(poissonArrivals(100, 60_000, 5), arrivals)
  assert.notDeepEqual(poissonArrivals(100, 60_000, 6), arrivals)
  assert.ok(Math.abs(arrivals.length - 6000) < 250, `${arrivals.length} arrivals in a minute`)
  assert.ok(arrivals.every((at, index) => at < 60_000 && at >= (arrivals[index - 1] ?? 0)))
})

test('gaps between arrivals are spread as those of a Poisson process: their deviation equals their mean', () => {
  const arrivals = poissonArrivals(1000, 20_000, 9)
  const gaps = arrivals.map((at, index) => at - (arrivals[index - 1] ?? 0))
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
  assert.ok(Math.abs(deviation / mean - 1) < 0.05, `${deviation} around ${mean}`)
})

test('random numbers lie in [0, 1) and fill it evenly', () => {
  const next = createRandom(1)
  const counts = new Array<number>(10).fill(0)
  for (let draw = 0; draw < 10_000; draw += 1) {
    const value = next()
    assert.ok(value >= 0 && value < 1)
    counts[Math.floor(value * 10)] = (counts[Math.floor(value * 10)] as number) + 1
  }
  assert.ok(counts.every((count) => Math.abs(count - 1000) < 120))
})

test('bare onnxruntime is tried with one session on all cores and with one session a core', () => {
  const plans = barePlans(4, [1, 8])
  assert.deepEqual(
    plans.map(({ sessions, threads, batch }) => [sessions, threads, batch]),
    [
      [1, 4, 1],
      [1, 4, 8],
      [4, 1, 1],
      [4, 1, 8],
    ],
  )
  assert.equal(barePlans(1, [1]).length, 1)
})

test('what the null server takes of the processors is given back to bare onnxruntime', () => {
  assert.equal(creditFor(100, 0, 2), 100)
  assert.equal(creditFor(150, 0.5, 2), 200)
})

test('the report replaces what stands between its marks and nothing else', () => {
  const marks = ['<!-- peers: written by `npm run bench:peers -- --write-docs` -->', '<!-- /peers -->']
  const page = `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`
  assert.equal(withReport(page, 'new'), `before\n${marks[0]}\n\nnew\n\n${marks[1]}\nafter\n`)
  assert.throws(() => withReport('no marks', 'new'), /lacks the marks/)
})

test('a run that cannot be gone on with starts from nothing', () => {
  assert.deepEqual(resumeResults('/nonexistent/peers.json', 'full').samples, [])
  assert.equal(emptyResults('full').complete, false)
})
