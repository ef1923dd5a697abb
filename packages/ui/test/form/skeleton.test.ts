import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shapeOf } from '../../src/form/nesting.ts'
import { isEditable, skeleton } from '../../src/form/skeleton.ts'
import { tensorInput } from '../support/inputs.ts'

test('a skeleton is JSON of the input’s shape, free dimensions being 1', () => {
  const value: unknown = JSON.parse(skeleton(tensorInput('x', 'INT64', [-1, 3, -1, 2])))
  assert.deepEqual(shapeOf(value), [1, 3, 1, 2])
})

test('a scalar is one element, and each datatype has its own', () => {
  assert.equal(skeleton(tensorInput('x', 'FP32', [])), '0')
  assert.equal(skeleton(tensorInput('x', 'BOOL', [-1])), '[false]')
  assert.equal(skeleton(tensorInput('x', 'BYTES', [1, 2])), '[\n  ["text", "text"]\n]')
})

test('an empty dimension makes an empty array', () => {
  assert.deepEqual(JSON.parse(skeleton(tensorInput('x', 'FP32', [0, 3]))), [])
})

test('pictures are not for typing', () => {
  assert.equal(isEditable(tensorInput('x', 'FP32', [-1, 3, 224, 224])), false)
  assert.equal(isEditable(tensorInput('x', 'FP32', [-1, 64])), true)
})
