import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadlines } from '../../src/serving/deadlines.ts'
import { fakeClock } from '../support/clock.ts'

test('each deadline is told at its own time, in whatever order they were set', async () => {
  const clock = fakeClock()
  const start = clock.monotonic()
  const deadlines = new Deadlines(clock)
  const told: [string, number][] = []
  for (const [name, ms] of [
    ['slow', 300],
    ['quick', 10],
    ['middle', 100],
    ['as quick', 10],
  ] as const)
    deadlines.add(start + ms, () => told.push([name, clock.monotonic() - start]))
  await clock.advance(1000)
  assert.deepEqual(told, [
    ['quick', 10],
    ['as quick', 10],
    ['middle', 100],
    ['slow', 300],
  ])
})

test('a deadline that was taken back is not told, and holds up no other', async () => {
  const clock = fakeClock()
  const start = clock.monotonic()
  const deadlines = new Deadlines(clock)
  const told: number[] = []
  const takeBack = deadlines.add(start + 10, () => told.push(10))
  deadlines.add(start + 20, () => told.push(20))
  takeBack()
  await clock.advance(19)
  assert.deepEqual(told, [])
  await clock.advance(1)
  assert.deepEqual(told, [20])
})

test('what a passed deadline sets up is told in its turn', async () => {
  const clock = fakeClock()
  const start = clock.monotonic()
  const deadlines = new Deadlines(clock)
  const told: number[] = []
  deadlines.add(start + 10, () => {
    told.push(10)
    deadlines.add(start + 15, () => told.push(15))
  })
  deadlines.add(start + 50, () => told.push(50))
  await clock.advance(15)
  assert.deepEqual(told, [10, 15])
  await clock.advance(35)
  assert.deepEqual(told, [10, 15, 50])
})

test('thousands of deadlines hold one timer', () => {
  const clock = fakeClock()
  let timers = 0
  const deadlines = new Deadlines({
    monotonic: clock.monotonic,
    after: (ms, fn) => {
      timers += 1
      const cancel = clock.after(ms, fn)
      return () => {
        timers -= 1
        cancel()
      }
    },
  })
  for (let index = 0; index < 5000; index++) deadlines.add(clock.monotonic() + 10_000 - index, () => undefined)
  assert.equal(timers, 1)
})
