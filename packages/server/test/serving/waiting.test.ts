import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Entry, Waiting } from '../../src/serving/waiting.ts'

function entry(key: string, enteredAt = 0, rows = 1): Entry {
  return {
    key,
    enteredAt,
    rows,
    inputs: new Map(),
    context: { requestId: 'r', dialect: 'test', deadline: 1000, signal: { aborted: false }, decodeMs: 0 },
    state: 'waiting',
    cancelTimer: () => undefined,
    resolve: () => undefined,
    reject: () => undefined,
  }
}

test('what gave up is let go of at once, though others go on waiting', () => {
  const waiting = new Waiting()
  waiting.enter(entry('a'))
  const late = entry('a')
  waiting.enter(late)
  waiting.settle(late, () => undefined)
  assert.equal(waiting.all().includes(late), false)
  assert.equal(waiting.entries, 1)
})

test('a group of which all gave up neither holds back the next one nor tells its age', () => {
  const waiting = new Waiting()
  const first = entry('a', 1)
  waiting.enter(first)
  waiting.enter(entry('b', 2, 4))
  waiting.enter(entry('c', 3))
  waiting.settle(first, () => undefined)
  assert.equal(waiting.since, 2)
  assert.equal(waiting.fills(4), true)
  assert.deepEqual(
    waiting.take(4).map(({ key }) => key),
    ['b'],
  )
})

test('a group that still waits goes behind the others', () => {
  const waiting = new Waiting()
  for (const key of ['a', 'a', 'b']) waiting.enter(entry(key))
  assert.deepEqual(
    [waiting.take(1), waiting.take(1), waiting.take(1)].map((taken) => taken.map(({ key }) => key)),
    [['a'], ['b'], ['a']],
  )
  assert.equal(waiting.rows, 0)
})
