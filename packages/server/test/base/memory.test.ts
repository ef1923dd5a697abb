import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letGo } from '../../src/base/memory.ts'

test('memory of its own is given back: nobody sees it any more', () => {
  const own = Buffer.allocUnsafeSlow(100_000)
  letGo(own)
  assert.equal(own.byteLength, 0)
})

test('so is what was shifted to lie on a multiple of 8', () => {
  const shifted = Buffer.allocUnsafeSlow(100_004).subarray(4)
  letGo(shifted)
  assert.equal(shifted.byteLength, 0)
})

test('a piece of memory that others share is left alone, and so is a small one', () => {
  const whole = Buffer.alloc(200_000, 7)
  for (const piece of [whole.subarray(0, 100_000), whole.subarray(100_000), Buffer.alloc(100, 7)]) {
    letGo(piece)
    assert.equal(piece[50], 7)
  }
})
