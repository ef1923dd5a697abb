import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorSpec } from '@slipway/protocol'
import { batchOf } from '../src/batch.ts'

/** A tensor spec from sizes, names and nulls. */
function spec(name: string, shape: readonly (number | string | null)[], more: Partial<TensorSpec> = {}): TensorSpec {
  return {
    name,
    datatype: 'FP32',
    shape: shape.map((size) => (typeof size === 'number' ? size : -1)),
    symbols: shape.map((size) => (typeof size === 'string' ? size : null)),
    ...more,
  }
}

const YES: readonly (readonly [string, readonly TensorSpec[], readonly TensorSpec[], string])[] = [
  ['one name everywhere', [spec('x', ['N', 4]), spec('m', ['N'])], [spec('y', ['N', 2])], 'N'],
  ['no name anywhere', [spec('x', [null, 4])], [spec('y', [null])], '?'],
  ['a name on one side only', [spec('x', ['N', 4])], [spec('y', [null])], 'N'],
]
for (const [name, inputs, outputs, symbol] of YES)
  test(`rows may be joined: ${name}`, () => assert.deepEqual(batchOf({ inputs, outputs }), { batchable: true, symbol }))

const NO: readonly (readonly [string, readonly TensorSpec[], readonly TensorSpec[], RegExp])[] = [
  ['a fixed dimension', [spec('x', [1, 4])], [spec('y', [1, 2])], /dimension 0 of input "x" is fixed \(FP32 \[1, 4\]\)/],
  ['a fixed output', [spec('x', ['N', 4])], [spec('y', [2])], /dimension 0 of output "y" is fixed/],
  ['a scalar', [spec('x', ['N']), spec('t', [])], [spec('y', ['N'])], /input "t" is a scalar/],
  ['two names', [spec('x', ['N'])], [spec('y', ['M'])], /"N" on input "x" but "M" on output "y"/],
  ['rows against rows', [spec('x', ['N', 4])], [spec('y', ['N', 'N'])], /depend on each other/],
  ['no shape', [spec('x', ['N'])], [spec('y', [], { unknownRank: true })], /output "y" declares no shape/],
  ['no input', [], [spec('y', ['N'])], /no input/],
  ['an optional input', [spec('x', ['N', 4]), spec('w', ['N', 4], { optional: true })], [spec('y', ['N'])], /"w" may be left out/],
]
for (const [name, inputs, outputs, why] of NO)
  test(`rows may not be joined, and why: ${name}`, () => {
    const batch = batchOf({ inputs, outputs })
    assert.ok(!batch.batchable)
    assert.match(batch.why, why)
  })
