import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InputInfo, type JsonValue, parseJson, type Tensors, tensor } from '@slipway/protocol'
import { outputRows } from '../../../src/dialects/bodies/output-rows.ts'
import { columnsToInputs, rowsToInputs } from '../../../src/dialects/bodies/rows.ts'
import { type FakeModel, fakeDataPlane, MIXED, PAIRS } from '../../support/revision.ts'

const json = (text: string) => parseJson(Buffer.from(text))
const plain = (tensors: Tensors) =>
  [...tensors].map(([name, { datatype, shape, data }]) => [
    name,
    datatype,
    shape,
    [...data].map((one) => (typeof one === 'object' ? Buffer.from(one).toString() : one)),
  ])
const rows = (model: FakeModel, text: string) =>
  plain(rowsToInputs(fakeDataPlane(model).revision(model.name, undefined), json(text) as readonly JsonValue[]))
const columns = (model: FakeModel, text: string) => plain(columnsToInputs(fakeDataPlane(model).revision(model.name, undefined), json(text)))

const features: InputInfo = {
  name: 'x',
  datatype: 'FP32',
  shape: [-1, 2],
  symbols: ['batch', null],
  as: { kind: 'features', names: ['height', 'weight'] },
}
const TABLE: FakeModel = { ...PAIRS, name: 'table', inputs: [features] }
const PICTURES: FakeModel = {
  name: 'pictures',
  images: ['image'],
  signature: {
    inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 1, 2, 2], symbols: ['batch', null, null, null] }],
    outputs: PAIRS.signature.outputs,
  },
}
const COLUMNS: FakeModel = {
  name: 'columns',
  signature: {
    inputs: [
      { name: 'age', datatype: 'FP32', shape: [-1, 1], symbols: ['batch', null] },
      { name: 'city', datatype: 'BYTES', shape: [-1, 1], symbols: ['batch', null] },
    ],
    outputs: PAIRS.signature.outputs,
  },
}

test('the rows of an only input are bare, or objects that name it', () => {
  const two = [['x', 'FP32', [2, 2], [1, 2, 3, 4]]]
  assert.deepEqual(rows(PAIRS, '[[1,2],[3,4]]'), two)
  assert.deepEqual(rows(PAIRS, '[{"x":[1,2]},{"x":[3,4]}]'), two)
})

test('rows of several inputs are objects; 64-bit integers stay exact', () => {
  assert.deepEqual(rows(MIXED, '[{"a":[1,2],"n":9007199254740993},{"a":[3,4],"n":-1}]'), [
    ['a', 'FP32', [2, 2], [1, 2, 3, 4]],
    ['n', 'INT64', [2], [9007199254740993n, -1n]],
  ])
})

test('a table takes rows and columns by the names of its columns', () => {
  const two = [['x', 'FP32', [2, 2], [180, 75, 160, 55]]]
  assert.deepEqual(rows(TABLE, '[{"height":180,"weight":75},{"weight":55,"height":160}]'), two)
  assert.deepEqual(columns(TABLE, '{"height":[180,160],"weight":[75,55]}'), two)
})

test('inputs of one column each take arrays in the order of the signature, scalars without brackets', () => {
  const two = [
    ['age', 'FP32', [2, 1], [31, 44]],
    ['city', 'BYTES', [2, 1], ['Oslo', 'Rome']],
  ]
  assert.deepEqual(rows(COLUMNS, '[[31,"Oslo"],[44,"Rome"]]'), two)
  assert.deepEqual(rows(COLUMNS, '[{"age":31,"city":"Oslo"},{"age":44,"city":"Rome"}]'), two)
  assert.deepEqual(columns(COLUMNS, '{"age":[31,44],"city":[["Oslo"],["Rome"]]}'), two)
})

test('a row may be flat where its dimensions are fixed, and a picture may be octets', () => {
  const one = [['image', 'FP32', [1, 1, 2, 2], [1, 2, 3, 4]]]
  assert.deepEqual(rows(PICTURES, '[[[[1,2],[3,4]]]]'), one)
  assert.deepEqual(rows(PICTURES, '[{"b64":"cGlj"}]'), [['image', 'BYTES', [1], ['pic']]])
  assert.deepEqual(rows(PICTURES, '[{"image":{"b64":"cGlj"}}]'), [['image', 'BYTES', [1], ['pic']]])
  assert.deepEqual(columns(PICTURES, '[[[[1,2],[3,4]]]]'), one)
})

const refused: readonly [string, () => unknown, RegExp][] = [
  ['no rows', () => rows(PAIRS, '[]'), /no instances/],
  ['an input in some rows only', () => rows(MIXED, '[{"a":[1,2],"n":1},{"a":[1,2]}]'), /"n" is in 1 of 2 instances/],
  ['a bare row for several inputs', () => rows(MIXED, '[[1,2]]'), /instance 0.*object by name: "a", "n"/],
  ['an unknown input', () => rows(MIXED, '[{"a":[1,2],"n":1,"q":1}]'), /no input "q"/],
  ['a missing column', () => rows(TABLE, '[{"height":180}]'), /instance 0 has no "weight"/],
  ['an unknown column', () => rows(TABLE, '[{"height":180,"weight":1,"shoe":2}]'), /no column "shoe"/],
  ['columns of two lengths', () => columns(TABLE, '{"height":[180,160],"weight":[75]}'), /columns must be arrays of one length/],
  ['a row of the wrong length', () => rows(PAIRS, '[[1,2,3]]'), /takes 2 elements, but there are 3/],
  ['bare columns for several inputs', () => columns(MIXED, '[[1,2]]'), /must be an object by name/],
]
for (const [what, ask, message] of refused)
  test(`${what} is refused by name`, () => assert.throws(ask, { code: 'INVALID_ARGUMENT', message }))

test('answers are one value for each row, by name when there are several outputs', () => {
  const y = tensor('FP32', [2, 2], Float32Array.of(1, 2, 3, 0.1))
  const m = tensor('INT64', [2], BigInt64Array.of(9007199254740993n, 2n))
  assert.deepEqual(outputRows(new Map([['y', y]])), ['[1,2]', '[3,0.1]'])
  assert.deepEqual(
    outputRows(
      new Map<string, typeof y | typeof m>([
        ['y', y],
        ['m', m],
      ]),
    ),
    ['{"y":[1,2],"m":9007199254740993}', '{"y":[3,0.1],"m":2}'],
  )
  assert.throws(
    () =>
      outputRows(
        new Map([
          ['y', y],
          ['s', tensor('FP32', [], Float32Array.of(1))],
        ]),
      ),
    /"s" of shape \[\] has no row/,
  )
})
