import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differences, type JsonOutput, outputsOf } from '../../check/outputs.ts'

const scores: JsonOutput = { name: 'scores', datatype: 'FP32', shape: [1, 2], data: [0.25, 0.75] }

test('answers within the tolerance agree, nested or flat', () => {
  assert.deepEqual(differences([scores], [{ ...scores, data: [[0.2500001, 0.7499999]] }], 1e-5), [])
})

test('each difference is told in a sentence: a value, a shape, a datatype, a label, a missing output', () => {
  const [value] = differences([scores], [{ ...scores, data: [0.25, 0.76] }], 1e-5)
  assert.match(value ?? '', /"scores": element 1 should be 0.75 within 0.00001, is 0.76/)
  const [shape] = differences([scores], [{ ...scores, shape: [2, 1] }], 1e-5)
  assert.match(shape ?? '', /expected FP32 \[1, 2\], got FP32 \[2, 1\]/)
  assert.equal(differences([scores], [{ ...scores, datatype: 'FP64' }], 1e-5).length, 1)
  const label = { name: 'label', datatype: 'BYTES', shape: [1], data: ['rose'] }
  assert.equal(differences([label], [{ ...label, data: ['tulip'] }], 1e-5).length, 1)
  assert.match(differences([label], [scores], 1e-5)[0] ?? '', /"label" is missing; there is "scores"/)
})

test('NaN where a number should be is a difference', () => {
  assert.equal(differences([scores], [{ ...scores, data: [0.25, 'NaN'] }], 1e-5).length, 1)
  assert.equal(differences([scores], [{ ...scores, data: [0.25, Number.NaN] }], 1e-5).length, 1)
})

test('an answer without outputs is refused', () => {
  assert.throws(() => outputsOf({ error: 'no such model' }), /expected an answer with "outputs".*no such model/)
})
