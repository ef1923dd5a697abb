import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Forecast } from '../../../src/serving/batching/forecast.ts'
import { Outlook } from '../../../src/serving/batching/outlook.ts'

/** A pool of replicas that take two frames each. */
function setUp(replicas: number) {
  let frames = 0
  const runner = { free: () => Math.max(0, replicas - frames), slots: () => 2 * replicas - frames }
  const forecast = new Forecast({ maxRows: 1, seed: [{ rows: 1, ms: 10 }] })
  const outlook = new Outlook(runner, forecast)
  return {
    outlook,
    begin: (now: number, ms: number) => {
      const untilMs = outlook.untilFree(now)
      frames += 1
      const ended = outlook.began(now + untilMs, ms)
      return (at: number) => {
        frames -= 1
        ended(at)
      }
    },
  }
}

test('nothing is waited for while a replica is idle', () => {
  const { outlook, begin } = setUp(2)
  assert.equal(outlook.untilFree(0), 0)
  begin(0, 10)
  assert.equal(outlook.untilFree(0), 0)
  begin(0, 30)
  assert.equal(outlook.untilFree(4), 6)
  assert.equal(outlook.untilFree(15), 0)
})

test('a frame that waits on its replica counts until it is free', () => {
  const { outlook, begin } = setUp(1)
  begin(0, 10)
  begin(0, 10)
  assert.equal(outlook.untilFree(0), 20)
  assert.equal(outlook.wait(3, 0), 50)
})

test('what runs take less than was expected does not add up, however many follow one another', () => {
  const { outlook, begin } = setUp(1)
  let now = 0
  let first = begin(now, 10)
  for (let run = 0; run < 5000; run++) {
    const second = begin(now, 10)
    now += 1
    first(now)
    first = second
    assert.ok(outlook.untilFree(now) <= 10, `run ${run}: ${outlook.untilFree(now)} ms`)
  }
})

test('of several frames that wait, the one that was expected first begins when a replica is free', () => {
  const { outlook, begin } = setUp(2)
  const [first] = [begin(0, 100), begin(0, 100), begin(0, 100), begin(0, 50)]
  first?.(20)
  // Ends were expected at 100, 100, 200 and 150: the third runs now, and the fourth waits for the second.
  assert.equal(outlook.untilFree(20), 100)
})
