import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settled } from '../../src/bench/windows.ts'

test('three windows within 5 % are stable, and the middle one is the figure', () => {
  assert.deepEqual(settled([50, 98, 102, 100]), { value: 100, spread: 0.04, stable: true })
})

test('a wider spread is told, and so is too little', () => {
  const wide = settled([90, 100, 100])
  assert.equal(wide.stable, false)
  assert.equal(wide.spread, 0.1)
  assert.equal(settled([100, 100]).stable, false)
  assert.equal(settled([]).stable, false)
})

test('windows without a single answer are no stable figure', () => {
  assert.equal(settled([Number.NaN, Number.NaN, Number.NaN]).stable, false)
})
