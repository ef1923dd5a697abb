import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputInfo, JsonValue } from '@slipway/protocol'
import { isOneRow } from '../../../src/dialects/bodies/one-row.ts'

const input = (shape: readonly number[]): InputInfo => ({
  name: 'x',
  datatype: 'FP32',
  shape,
  symbols: shape.map(() => null),
  as: { kind: 'tensor' },
})

const CASES: readonly (readonly [shape: readonly number[], one: readonly JsonValue[], rows: readonly JsonValue[]])[] = [
  [
    [-1, 2],
    [1, [1, 2]],
    [
      [[1, 2]],
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ],
  [[-1], [1, 'a'], [[1], ['a', 'b'], []]],
  [[-1, 1], ['a'], [['a'], ['a', 'b'], [['a'], ['b']]]],
  [
    [-1, 1, 2, 2],
    [
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4],
      ],
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ],
    [
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      [
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      ],
    ],
  ],
  [[-1, -1], [[1, 2]], [[[1, 2]]]],
]

test('a value nested less deep than the input is one row, unless its elements are rows written flat', () => {
  for (const [shape, one, rows] of CASES) {
    for (const value of one) assert.equal(isOneRow(input(shape), value), true, `${JSON.stringify(value)} for [${shape}]`)
    for (const value of rows) assert.equal(isOneRow(input(shape), value), false, `${JSON.stringify(value)} for [${shape}]`)
  }
})

test('objects are rows, and so is any array for an input of any rank', () => {
  assert.equal(isOneRow(input([-1, 2]), [new Map([['x', 1]])]), false)
  assert.equal(isOneRow({ ...input([]), unknownRank: true }, [1]), false)
})
