import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Entry, Waiting } from '../../src/serving/waiting.ts'

interface Given {
  readonly name: string
  readonly enteredAt?: number
  readonly priority?: number
  readonly rows?: number
}

const entryOf = ({ name, enteredAt = 0, priority, rows = 1 }: Given, key = 'all'): Entry => ({
  key,
  inputs: new Map(),
  rows,
  unit: 1,
  whole: false,
  context: {
    requestId: name,
    dialect: 'test',
    deadline: Number.POSITIVE_INFINITY,
    signal: { aborted: false },
    decodeMs: 0,
    ...(priority === undefined ? {} : { priority }),
  },
  enteredAt,
  state: 'waiting',
  cancelTimer: () => undefined,
  resolve: () => undefined,
  reject: () => undefined,
})

function waitingWith(given: readonly Given[], group = 'all'): Waiting {
  const waiting = new Waiting()
  for (const one of given) waiting.enter(entryOf(one, group))
  return waiting
}

/** Starts the first entries of the first group, as many as fit. */
function take(waiting: Waiting, maxRows: number): readonly Entry[] {
  const taken: Entry[] = []
  let rows = 0
  for (const entry of waiting.first()) {
    if (taken.length > 0 && rows + entry.rows > maxRows) break
    taken.push(entry)
    rows += entry.rows
  }
  waiting.start(taken)
  return taken
}

/** Names in the order in which they run, one run of `maxRows` after the other. */
function runs(waiting: Waiting, maxRows: number): readonly string[] {
  const names: string[] = []
  while (waiting.entries > 0)
    names.push(
      take(waiting, maxRows)
        .map(({ context }) => context.requestId)
        .join(' '),
    )
  return names
}

test('without priorities requests run in the order they came', () => {
  assert.deepEqual(runs(waitingWith([{ name: 'a' }, { name: 'b' }, { name: 'c' }]), 2), ['a b', 'c'])
})

test('priority 1 runs before 2, both before those that name none, and 10 after them', () => {
  const waiting = waitingWith([
    { name: 'usual' },
    { name: 'low', priority: 10 },
    { name: 'second', priority: 2 },
    { name: 'first', priority: 1 },
    { name: 'usual too' },
  ])
  assert.deepEqual(runs(waiting, 0), ['first', 'second', 'usual', 'usual too', 'low'])
})

test('of one priority the first to come runs first', () => {
  const waiting = waitingWith([
    { name: 'a', priority: 1 },
    { name: 'b', priority: 1, enteredAt: 1 },
    { name: 'c', priority: 1, enteredAt: 2 },
  ])
  assert.deepEqual(runs(waiting, 0), ['a', 'b', 'c'])
})

test('an urgent request brings its group forward', () => {
  const waiting = waitingWith([{ name: 'a' }, { name: 'b' }], 'one shape')
  waiting.enter(entryOf({ name: 'urgent', priority: 1, enteredAt: 5 }, 'another'))
  waiting.enter(entryOf({ name: 'usual', enteredAt: 6 }, 'another'))
  assert.equal(waiting.since, 5)
  assert.deepEqual(runs(waiting, 2), ['urgent usual', 'a b'])
})

test('a settled urgent request no longer brings anybody forward', () => {
  const waiting = waitingWith([{ name: 'a' }], 'one shape')
  const urgent = entryOf({ name: 'urgent', priority: 1 }, 'another')
  waiting.enter(urgent)
  waiting.enter(entryOf({ name: 'usual', enteredAt: 6 }, 'another'))
  waiting.settle(urgent, () => undefined)
  assert.deepEqual(runs(waiting, 0), ['a', 'usual'])
})

test('what would run before a request leaves out whom it overtakes', () => {
  const waiting = waitingWith([
    { name: 'a', rows: 3 },
    { name: 'b', rows: 4, priority: 1 },
  ])
  assert.deepEqual(waiting.before(entryOf({ name: 'c' })), { rows: 7, entries: 2 })
  assert.deepEqual(waiting.before(entryOf({ name: 'c', priority: 1 })), { rows: 4, entries: 1 })
  assert.deepEqual(waiting.before(entryOf({ name: 'c', priority: 1, enteredAt: 10_000 })), { rows: 7, entries: 2 })
})

test('a request of the lowest priority runs after a bounded wait, however many urgent ones keep coming', () => {
  const waiting = waitingWith([{ name: 'low', priority: 1_000_000 }])
  let now = 0
  for (let ran = ''; ran !== 'low'; now += 10) {
    waiting.enter(entryOf({ name: 'urgent', priority: 1, enteredAt: now }, 'all'))
    ran = take(waiting, 0)[0]?.context.requestId ?? ''
    assert.ok(now <= 1000, 'still waiting after a second')
  }
})

test('every request runs once, whatever the priorities, groups and sizes of runs', () => {
  const given = fc.record({
    priority: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
    group: fc.integer({ min: 0, max: 3 }),
    rows: fc.integer({ min: 0, max: 5 }),
  })
  fc.assert(
    fc.property(fc.array(given, { maxLength: 60 }), fc.integer({ min: 0, max: 6 }), (list, maxRows) => {
      const waiting = new Waiting()
      for (const [index, { group, priority, rows }] of list.entries())
        waiting.enter(
          entryOf({ name: String(index), enteredAt: index, rows, ...(priority === undefined ? {} : { priority }) }, String(group)),
        )
      const ran = runs(waiting, maxRows).flatMap((names) => names.split(' '))
      assert.deepEqual(
        ran.map(Number).sort((a, b) => a - b),
        list.map((_, index) => index),
      )
      assert.equal(waiting.rows, 0)
    }),
  )
})

test('what gave up is let go of at once, though others go on waiting', () => {
  const waiting = waitingWith([{ name: 'a' }])
  const late = entryOf({ name: 'late' })
  waiting.enter(late)
  waiting.settle(late, () => undefined)
  assert.equal(waiting.all().includes(late), false)
  assert.equal(waiting.entries, 1)
})

test('a group of which all gave up neither holds back the next one nor tells its age', () => {
  const waiting = new Waiting()
  const first = entryOf({ name: 'first', enteredAt: 1 }, 'a')
  waiting.enter(first)
  waiting.enter(entryOf({ name: 'second', enteredAt: 2, rows: 4 }, 'b'))
  waiting.enter(entryOf({ name: 'third', enteredAt: 3 }, 'c'))
  waiting.settle(first, () => undefined)
  assert.equal(waiting.since, 2)
  assert.equal(waiting.firstRows, 4)
  assert.deepEqual(runs(waiting, 4), ['second', 'third'])
})

test('a group that still waits goes behind the others', () => {
  const waiting = waitingWith([{ name: 'a1' }, { name: 'a2' }], 'a')
  waiting.enter(entryOf({ name: 'b1' }, 'b'))
  assert.deepEqual(runs(waiting, 1), ['a1', 'b1', 'a2'])
})
