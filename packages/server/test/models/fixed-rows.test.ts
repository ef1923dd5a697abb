import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TensorSpec } from '@slipway/protocol'
import { fixedRowsOf, withFreeRows } from '../../src/models/fixed-rows.ts'

const spec = (shape: readonly number[], more: Partial<TensorSpec> = {}): TensorSpec => ({
  name: 'x',
  datatype: 'FP32',
  shape,
  symbols: shape.map(() => null),
  ...more,
})

test('rows are fixed where all inputs and outputs share a first dimension above 1', () => {
  assert.equal(fixedRowsOf({ inputs: [spec([8, 3])], outputs: [spec([8])] }), 8)
  for (const [input, output] of [
    [spec([1, 3]), spec([1])],
    [spec([-1, 3]), spec([-1])],
    [spec([8, 3]), spec([4])],
    [spec([8, 3]), spec([])],
    [spec([8, 3], { optional: true }), spec([8])],
  ] as const)
    assert.equal(fixedRowsOf({ inputs: [input], outputs: [output] }), undefined)
})

test('the signature that is served has free rows', () => {
  const served = withFreeRows({ inputs: [spec([8, 3])], outputs: [spec([8])] })
  assert.deepEqual(
    [...served.inputs, ...served.outputs].map(({ shape }) => shape),
    [[-1, 3], [-1]],
  )
})
