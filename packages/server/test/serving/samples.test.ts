import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DATATYPES, elementCount, type Signature } from '@slipway/protocol'
import { sampleInputs } from '../../src/serving/samples.ts'

const signature: Signature = {
  inputs: [
    ...DATATYPES.map((datatype) => ({ name: datatype, datatype, shape: [-1, 2, -1], symbols: ['batch', null, 'seq'] })),
    { name: 'extra', datatype: 'FP32', shape: [1], symbols: [null], optional: true },
    { name: 'scalar', datatype: 'FP32', shape: [], symbols: [] },
  ],
  outputs: [],
}

test('every required input gets a tensor of its datatype and shape', () => {
  const made = sampleInputs(signature, 3, { seed: 1, free: 4 })
  assert.deepEqual([...made.keys()], [...DATATYPES, 'scalar'])
  for (const datatype of DATATYPES) {
    const value = made.get(datatype)
    assert.equal(value?.datatype, datatype)
    assert.deepEqual(value?.shape, [3, 2, 4])
    assert.equal(value?.data.length, elementCount([3, 2, 4]))
  }
  assert.ok([...(made.get('BOOL')?.data ?? [])].every((value) => value === 0 || value === 1))
})

test('the same seed gives the same inputs, another seed others', () => {
  const data = (seed: number) => Array.from(sampleInputs(signature, 1, { seed, free: 1 }).get('FP32')?.data as Float32Array)
  assert.deepEqual(data(1), data(1))
  assert.notDeepEqual(data(1), data(2))
})
