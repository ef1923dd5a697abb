import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutputInfo, TensorJson } from '@slipway/client'
import { givenOf, saidOf } from '../../src/feedback/entry.ts'
import { featuresInput, imageInput, tensorInput } from '../support/inputs.ts'

const floats = (name: string, shape: readonly number[], data: readonly unknown[]): TensorJson => ({ name, datatype: 'FP32', shape, data })
const plain: OutputInfo = { ...tensorInput('y', 'FP32', [-1, 1]), as: { kind: 'tensor' } }
const scores: OutputInfo = { ...tensorInput('scores', 'FP32', [-1, 2]), as: { kind: 'scores', labels: ['cat', 'dog'] } }

test('a picture is shown from what is stored', () => {
  const input = { file: { contentType: 'image/png', base64: 'iVBORw==' } }
  assert.deepEqual(givenOf({ input }, [imageInput('image')]), { url: 'data:image/png;base64,iVBORw==' })
})

test('a picture given as its tensor is painted', () => {
  const input = { inputs: [floats('image', [1, 1, 8, 8], new Array(64).fill(0.5))] }
  const given = givenOf({ input }, [imageInput('image')])
  assert.ok('pixels' in given)
  assert.deepEqual([given.pixels.width, given.pixels.height, given.pixels.data[0]], [8, 8, 255])
})

test('other inputs are shown by their beginning', () => {
  const input = { inputs: [floats('x', [1, 5], [5.1, 3.5, 1.4, 0.2, 7])] }
  assert.deepEqual(givenOf({ input }, [featuresInput('x', ['a', 'b', 'c', 'd', 'e'])]), { text: '5.1, 3.5, 1.4, 0.2, …' })
})

test('what was said is the best label, however the data is nested', () => {
  for (const data of [[0.1, 0.9], [[0.1, 0.9]]])
    assert.equal(saidOf({ output: { outputs: [floats('scores', [1, 2], data)] } }, [scores]), 'dog')
})

test('several rows are counted, and numbers without labels stand for themselves', () => {
  assert.equal(saidOf({ output: { outputs: [floats('scores', [2, 2], [0.9, 0.1, 0.2, 0.8])] } }, [scores]), 'cat and 1 more')
  assert.equal(saidOf({ output: { outputs: [floats('y', [1, 1], [42.5])] } }, [plain]), '42.5')
})
