import assert from 'node:assert/strict'
import { test } from 'node:test'
import { segments } from '../../src/result/timing.ts'

test('phases come in the order they happen, and what the server did not spend is the network’s', () => {
  const parts = segments({ infer: 3, decode: 1 }, 10)
  assert.deepEqual(
    parts.map(({ phase, ms, share }) => [phase, ms, share]),
    [
      ['decode', 1, 0.1],
      ['infer', 3, 0.3],
      ['network', 6, 0.6],
    ],
  )
})

test('a phase that is not known by name is shown all the same', () => {
  assert.deepEqual(
    segments({ warp: 2 }, 2).map(({ label }) => label),
    ['warp', 'Network and browser'],
  )
})

test('clocks that disagree make no negative time', () => {
  const parts = segments({ infer: 5 }, 4)
  assert.equal(parts.at(-1)?.ms, 0)
  assert.ok(Math.abs(parts.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9)
})
