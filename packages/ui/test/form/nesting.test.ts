import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { column, fixedRows, flatten, nest, shapeOf } from '../../src/form/nesting.ts'

test('nesting and flattening undo each other', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 })
  fc.assert(
    fc.property(shapes, (shape) => {
      const flat = Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, index) => index)
      const nested = nest(flat, shape)
      assert.deepEqual(flatten(nested), flat)
      assert.deepEqual(shapeOf(nested), shape)
    }),
  )
})

test('rows of one value take the rank of the input', () => {
  assert.deepEqual(column(['a', 'b'], [-1]), ['a', 'b'])
  assert.deepEqual(column(['a', 'b'], [-1, 1]), [['a'], ['b']])
  assert.deepEqual(column(['a'], []), 'a')
})

test('a fixed first dimension fixes the rows; a scalar has one', () => {
  assert.equal(fixedRows([-1, 4]), undefined)
  assert.equal(fixedRows([2, 4]), 2)
  assert.equal(fixedRows([]), 1)
})
