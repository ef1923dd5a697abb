import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capacityOf, holds, nextRate, type Step } from '../../src/bench/ramp.ts'

/** Ramps against a server that holds everything below `limit`. */
function ramp(limit: number, closed: number): readonly Step[] {
  const steps: Step[] = []
  for (let rate = nextRate(steps, closed); rate !== undefined; rate = nextRate(steps, closed))
    steps.push({ perSecond: rate, holds: rate < limit })
  return steps
}

test('the ramp closes in on the capacity from both sides', () => {
  const steps = ramp(760, 1000)
  assert.deepEqual(
    steps.map(({ perSecond }) => perSecond),
    [250, 500, 700, 800, 750, 775],
  )
  assert.equal(capacityOf(steps), 750)
})

test('a server that holds more than the closed loop reached is believed at the top of the ramp', () => {
  assert.equal(capacityOf(ramp(Number.POSITIVE_INFINITY, 1000)), 1150)
})

test('a server that holds nothing has no capacity, and the search ends', () => {
  const steps = ramp(0, 1000)
  assert.equal(capacityOf(steps), 0)
  assert.ok(steps.length <= 4)
})

const settled = (value: number) => ({ value, spread: 0, stable: true })
const window = {
  seconds: 1,
  answered: 100,
  failed: 0,
  dropped: 0,
  waitingMost: 0,
  latencies: '',
  loopBusy: 0,
  cpuSeconds: 0,
  timed: 0,
  phases: {},
}
const good = { perSecond: settled(100), p99: settled(10), failed: 0, dropped: 0, windows: [window] }

test('a rate holds when it is answered, nothing fails, the tail keeps its target and no line builds up', () => {
  assert.equal(holds(good, 100), true)
  assert.equal(holds({ ...good, perSecond: settled(90) }, 100), false)
  assert.equal(holds({ ...good, failed: 1 }, 100), false)
  assert.equal(holds({ ...good, dropped: 1 }, 100), false)
  assert.equal(holds(good, 100, 9), false)
  assert.equal(holds({ ...good, windows: [{ ...window, waitingMost: 30 }] }, 100), false)
})
