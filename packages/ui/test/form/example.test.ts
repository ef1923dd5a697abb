import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formFromFile, formFromRequest } from '../../src/form/example.ts'
import { featuresInput, imageInput, tensorInput, textInput } from '../support/inputs.ts'

const v2 = (name: string, shape: readonly number[], data: readonly unknown[]) => ({ inputs: [{ name, shape, datatype: 'FP32', data }] })

test('features become rows of the form', () => {
  const form = formFromRequest([featuresInput('X', ['a', 'b'])], v2('X', [2, 2], [1, 2, 3, 4]))
  assert.deepEqual(form?.rows, [
    ['1', '2'],
    ['3', '4'],
  ])
})

test('several texts are a text on each line', () => {
  const form = formFromRequest([textInput('text', [-1, 1])], v2('text', [2, 1], ['one', 'two']))
  assert.deepEqual(form?.drafts.get('text'), { kind: 'text', text: 'one\ntwo', lines: 'each' })
})

test('a picture given as a tensor stays one', () => {
  const form = formFromRequest([imageInput('image')], v2('image', [1, 1, 1, 2], [0, 1]))
  assert.deepEqual(form?.drafts.get('image'), { kind: 'image', picture: { source: 'tensor', data: [[[[0, 1]]]] } })
})

test('any other tensor is JSON, its 64-bit integers exact', () => {
  const form = formFromRequest([tensorInput('x', 'INT64', [2])], v2('x', [2], [9007199254740993n, 2]))
  assert.deepEqual(form?.drafts.get('x'), { kind: 'tensor', json: '[9007199254740993, 2]' })
})

test('a file becomes the picture of the first image', () => {
  const blob = new Blob(['x'], { type: 'image/png' })
  assert.deepEqual(formFromFile([imageInput('image')], blob, 'seven')?.drafts.get('image'), {
    kind: 'image',
    picture: { source: 'file', blob, name: 'seven' },
  })
  assert.equal(formFromFile([textInput('t', [-1])], blob, 'seven'), undefined)
})

test('what is no V2 request fills no form', () => {
  assert.equal(formFromRequest([textInput('t', [-1])], { inputs: 'none' }), undefined)
  assert.equal(formFromRequest([textInput('t', [-1])], undefined), undefined)
})
