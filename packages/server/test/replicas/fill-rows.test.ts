import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Tensors, tensor } from '@slipway/protocol'
import { filled } from '../../src/replicas/fill-rows.ts'

const rows = (...values: readonly number[]): Tensors => new Map([['x', tensor('FP32', [values.length, 1], Float32Array.from(values))]])

test('a run of fewer rows is filled up with copies of the first, and only its own answers come back', async () => {
  const seen: Tensors[] = []
  const run = async (inputs: Tensors) => {
    seen.push(inputs)
    return inputs
  }
  assert.deepEqual(await filled(rows(5, 6), 4, run), rows(5, 6))
  assert.deepEqual(seen, [rows(5, 6, 5, 5)])
  await filled(rows(1, 2, 3, 4), 4, run)
  await filled(rows(1), undefined, run)
  assert.deepEqual(seen.slice(1), [rows(1, 2, 3, 4), rows(1)])
})
