import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { flatten, nest } from '../src/nested.ts'

test('the nesting spells the shape, and the elements come in row-major order', () => {
  assert.deepEqual(
    flatten(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      'FP32',
      'x',
    ),
    { shape: [2, 3], elements: [1, 2, 3, 4, 5, 6] },
  )
  assert.deepEqual(flatten(7, 'FP32', 'x'), { shape: [], elements: [7] })
  assert.deepEqual(flatten([], 'FP32', 'x'), { shape: [0], elements: [] })
  assert.deepEqual(flatten([[], []], 'FP32', 'x'), { shape: [2, 0], elements: [] })
})

test('typed arrays are rows of numbers, but octets are one element of BYTES', () => {
  assert.deepEqual(flatten([new Float32Array([1, 2]), [3, 4]], 'FP32', 'x'), { shape: [2, 2], elements: [1, 2, 3, 4] })
  const octets = new Uint8Array([1, 2])
  assert.deepEqual(flatten([octets], 'BYTES', 'x'), { shape: [1], elements: [octets] })
})

test('ragged lists are refused with the place', () => {
  for (const [value, message] of [
    [[[1, 2], [3]], '[1] has 1 elements where its neighbours have 2'],
    [[[1], 2], '[1] is "2" where its neighbours are lists of 1'],
    [[1, [2]], '[1] is a list where its neighbours are single values'],
    [
      [
        [[1], [2]],
        [[3], [4, 5]],
      ],
      '[1][1] has 2 elements where its neighbours have 1',
    ],
  ] as const)
    assert.throws(() => flatten(value, 'FP32', 'x'), { code: 'INVALID_ARGUMENT', message: `input "x": ${message}` })
})

test('a list that holds itself is refused', () => {
  const endless: unknown[] = []
  endless.push(endless)
  assert.throws(() => flatten(endless, 'FP32', 'x'), /nested more than 32 lists deep/)
})

test('nesting and flattening undo each other', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 })
  fc.assert(
    fc.property(shapes, (shape) => {
      const data = Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, index) => index)
      assert.deepEqual(flatten(nest(data, shape), 'INT32', 'x'), { shape, elements: data })
    }),
  )
})
