import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atMost } from '../../src/base/deadline.ts'
import { fakeClock, settle } from '../support/clock.ts'

test('waiting ends with the work, well or badly, or with the time', async () => {
  const clock = fakeClock()
  await atMost(clock, 1000, Promise.resolve())
  await atMost(clock, 1000, Promise.reject(new Error('lost')))
  let over = false
  const waiting = atMost(clock, 1000, new Promise(() => undefined)).then(() => {
    over = true
  })
  await clock.advance(999)
  await settle()
  assert.equal(over, false)
  await clock.advance(1)
  await waiting
  assert.equal(over, true)
})
