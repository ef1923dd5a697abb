import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Tensors, tensor } from '@slipway/protocol'
import { sliceOf } from '../../../src/serving/answers/slice.ts'
import { type Figures, Worth } from '../../../src/serving/answers/worth.ts'

const inputOf = (value: number): Tensors => new Map([['x', tensor('FP32', [1, 4], Float32Array.of(value, 1, 2, 3))]])

/** Asks for each value in turn, with a cache that forgets nothing; a run costs `runMs` and a look-up `lookMs`. */
function drive(worth: Worth, values: Iterable<number>, { runMs = 1, lookMs = 0.01 } = {}) {
  const known = new Set<number>()
  let looked = 0
  for (const value of values) {
    if (!worth.takes(inputOf(value))) continue
    looked += 1
    worth.looked(lookMs, known.has(value) ? 'saved' : 'missed')
    if (!known.has(value)) worth.ran(runMs)
    known.add(value)
  }
  return looked
}

function* unique(count: number, from = 0) {
  for (let index = 0; index < count; index++) yield from + index
}
function* among(distinct: number, count: number) {
  for (let index = 0; index < count; index++) yield (index * 7919) % distinct
}

function watched() {
  const changes: { readonly on: boolean; readonly figures: Figures }[] = []
  return { changes, worth: new Worth((on, figures) => changes.push({ on, figures })) }
}

test('inputs that never come again turn it off once, and then one in sixteen is still looked up', () => {
  const { changes, worth } = watched()
  assert.ok(drive(worth, unique(2000)) === 2000 && worth.on, 'a cold cache is given time')
  drive(worth, unique(1000, 2000))
  assert.equal(worth.on, false)
  assert.deepEqual([changes.length, changes[0]?.figures.hitRate, changes[0]?.figures.runMs], [1, 0, 1])
  const looked = drive(worth, unique(50_000, 3000))
  assert.ok(looked > 50_000 / 32 && looked < 50_000 / 8, `${looked} of 50000`)
  assert.equal(changes.length, 1)
})

test('it comes back when inputs come again, as often in the slice as in all of the traffic', () => {
  const { changes, worth } = watched()
  drive(worth, unique(3000))
  assert.equal(worth.on, false)
  drive(worth, among(400, 40_000))
  assert.deepEqual(
    changes.map(({ on }) => on),
    [false, true],
  )
  assert.ok((changes[1]?.figures.hitRate ?? 0) > 0.8)
})

test('it comes back when every request is the same, in whatever slice that is', () => {
  for (const value of [1, 2, 3, 4, 5]) {
    const { worth } = watched()
    drive(worth, unique(3000))
    drive(
      worth,
      Array.from({ length: 300_000 }, () => value),
    )
    assert.equal(worth.on, true)
  }
})

test('a few hits pay for a dear run and not for a cheap one', () => {
  function* tenth(count: number) {
    for (let index = 0; index < count; index++) yield index % 10 === 0 ? -1 : index
  }
  const dear = watched()
  drive(dear.worth, tenth(20_000), { runMs: 5, lookMs: 0.005 })
  assert.equal(dear.changes.length, 0)
  const cheap = watched()
  drive(cheap.worth, tenth(20_000), { runMs: 0.02, lookMs: 0.005 })
  assert.equal(cheap.worth.on, false)
})

test('time that storing takes counts, too', () => {
  const { worth } = watched()
  for (let index = 0; index < 5000; index++) {
    worth.takes(inputOf(index % 50))
    worth.looked(0, index % 2 === 0 ? 'saved' : 'missed')
    worth.ran(1)
    worth.spent(0.3)
  }
  assert.equal(worth.on, false)
})

test('each return makes it more patient, so that it does not flicker', () => {
  const { changes, worth } = watched()
  for (let round = 0; round < 8; round++) {
    drive(worth, among(100, 60_000))
    drive(worth, unique(12_000, 1_000_000 * (round + 1)))
  }
  assert.ok(changes.length <= 8, `${changes.length} changes`)
})

test('equal inputs are in one slice, and slices are of about one size', () => {
  const counts = new Array<number>(16).fill(0)
  for (const value of unique(16_000)) {
    const slice = sliceOf(inputOf(value), 7) % 16
    assert.equal(sliceOf(inputOf(value), 7) % 16, slice)
    counts[slice] = (counts[slice] as number) + 1
  }
  assert.ok(Math.min(...counts) > 600 && Math.max(...counts) < 1400, counts.join())
})
