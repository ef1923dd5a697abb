import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnsOf, decodeRows, encodeRows, typicalRow } from '../../src/form/features.ts'
import { featuresInput, tensorInput } from '../support/inputs.ts'

const matrix = columnsOf([featuresInput('X', ['a', 'b'])])
const single = [featuresInput('age', ['age'], [-1, 1]), { ...featuresInput('city', ['city'], [-1]), datatype: 'BYTES' as const }]

test('a matrix input is a row of columns', () => {
  const encoded = encodeRows(matrix, [
    ['1', '2'],
    ['3', '4'],
  ])
  assert.deepEqual('inputs' in encoded && encoded.inputs.get('X'), [
    [1, 2],
    [3, 4],
  ])
})

test('several column inputs are one form, each with a shape of its own', () => {
  const encoded = encodeRows(columnsOf(single), [
    ['31', 'Paris'],
    ['54', 'Oslo'],
  ])
  assert.ok('inputs' in encoded)
  assert.deepEqual(encoded.inputs.get('age'), [[31], [54]])
  assert.deepEqual(encoded.inputs.get('city'), ['Paris', 'Oslo'])
})

test('every bad cell is named', () => {
  assert.deepEqual(
    encodeRows(matrix, [
      ['1', ''],
      ['x', '2'],
    ]),
    {
      problems: [
        { row: 1, column: 'a', message: '“x” is no number' },
        { row: 0, column: 'b', message: 'a value is missing' },
      ],
    },
  )
})

test('what was encoded can be decoded again', () => {
  const flat = new Map<string, readonly unknown[]>([
    ['age', [31, 54]],
    ['city', ['Paris', 'Oslo']],
  ])
  assert.deepEqual(decodeRows(columnsOf(single), flat), [
    ['31', 'Paris'],
    ['54', 'Oslo'],
  ])
})

test('data of another width is not forced into the form', () => {
  assert.equal(decodeRows(matrix, new Map([['X', [1, 2, 3]]])), undefined)
  assert.equal(decodeRows(matrix, new Map()), undefined)
})

test('other inputs have no columns', () => {
  assert.deepEqual(columnsOf([tensorInput('x', 'FP32', [-1, 4])]), [])
})

test('a row starts with what is typical', () => {
  const input = featuresInput('X', ['a', 'b'])
  const ranged = { ...input, as: { kind: 'features' as const, names: ['a', 'b'], ranges: [{ min: 0, max: 9, typical: 4.5 }] } }
  assert.deepEqual(typicalRow(columnsOf([ranged])), ['4.5', '0'])
})
