import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'

const taken = (seed: number, count: number) => {
  const random = createRandom(seed)
  return Array.from({ length: count }, random)
}

test('the same seed gives the same numbers, another one others, all in [0, 1) and spread over it', () => {
  assert.deepEqual(taken(7, 100), taken(7, 100))
  assert.notDeepEqual(taken(7, 100), taken(8, 100))
  const many = taken(1, 10_000)
  assert.ok(many.every((value) => value >= 0 && value < 1))
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const inside = many.filter((value) => Math.floor(value * 10) === tenth).length
    assert.ok(inside > 850 && inside < 1150, `${inside} of 10,000 in tenth ${tenth}`)
  }
})
