import assert from 'node:assert/strict'
import { test } from 'node:test'
import { givenTensors } from '../../src/api/given-tensors.ts'
import { tensorInput, textInput } from '../support/inputs.ts'

test('the tensors are those of the first example that has some, else the smallest that the model takes', () => {
  const inputs = [textInput('t', [-1, 1])]
  const file = { name: 'a', request: { file: 'a.png' } }
  const good = { name: 'b', request: { inputs: [{ name: 't', datatype: 'BYTES', shape: [1, 1], data: ['hello'] }] } }
  assert.deepEqual(givenTensors(inputs, [file, good])[0]?.flat, ['hello'])
  assert.deepEqual(givenTensors([tensorInput('x', 'FP32', [-1, 2])], [file]), [
    { name: 'x', datatype: 'FP32', shape: [1, 2], flat: [0, 0] },
  ])
})
