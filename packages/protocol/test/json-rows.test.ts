import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type JsonValue, parseJson } from '../src/json.ts'
import { parseRows } from '../src/json-rows.ts'
import { nestedJson, tensorFromJson } from '../src/json-tensor.ts'
import { type Datatype, tensor } from '../src/tensor.ts'

const octets = (text: string) => new TextEncoder().encode(text)
const keys = ['instances', 'inputs']
const spec = (datatype: Datatype, shape: readonly number[]) => ({ name: 'x', datatype, shape })
const read = (text: string, of = spec('FP32', [-1, 2])) => parseRows(octets(text), { keys, spec: of })
const rowsOf = (text: string, of?: ReturnType<typeof spec>) => read(`{"instances":${text}}`, of).rows.get('instances')

test('rows are read straight into the tensor, flat or nested', () => {
  const pairs = tensor('FP32', [2, 2], Float32Array.of(1, 2, 3, 4.5))
  assert.deepEqual(rowsOf('[[1, 2], [3, 4.5]]'), pairs)
  assert.deepEqual(rowsOf('[[[1],[2]],[[3],[4.5]]]'), pairs)
  assert.deepEqual(rowsOf('[1,2,3]', spec('INT64', [-1])), tensor('INT64', [3], BigInt64Array.of(1n, 2n, 3n)))
  assert.deepEqual(rowsOf('[1,2]', spec('UINT8', [-1, 1])), tensor('UINT8', [2, 1], Uint8Array.of(1, 2)))
  assert.deepEqual(rowsOf('[[1,2,3,4]]', spec('FP64', [-1, 2, 2])), tensor('FP64', [1, 2, 2], Float64Array.of(1, 2, 3, 4)))
  assert.deepEqual(rowsOf('[[1,2,3]]', spec('FP32', [-1, -1])), tensor('FP32', [1, 3], Float32Array.of(1, 2, 3)))
  assert.deepEqual(rowsOf('[true,false]', spec('BOOL', [-1])), tensor('BOOL', [2], Uint8Array.of(1, 0)))
})

test('64-bit integers keep every digit', () => {
  const value = rowsOf('[9007199254740993,-9223372036854775808]', spec('INT64', [-1]))
  assert.deepEqual(value?.data, BigInt64Array.of(9007199254740993n, -9223372036854775808n))
})

test('what is no even array of numbers stays a value', () => {
  for (const text of [
    '[]',
    '[[]]',
    '[[1,2],[3]]',
    '[1,2]',
    '[[1,"NaN"],[1,{"b64":""}]]',
    '[{"x":[1,2]}]',
    '["a"]',
    '[null]',
    '[[1,1e39]]',
    '7',
    '{"x":[[1,2]]}',
  ]) {
    const { members, rows } = read(`{"a":1,"instances":${text},"b":2}`)
    assert.equal(rows.size, 0, text)
    assert.deepEqual(members.get('instances'), parseJson(octets(text)))
    assert.deepEqual([...members.keys()], ['a', 'instances', 'b'])
  }
})

test('other members are values, and without a spec all are', () => {
  const { members, rows } = read('{"signature_name":"s","inputs":[[1,2]]}')
  assert.deepEqual([...members], [['signature_name', 's']])
  assert.deepEqual([...rows.keys()], ['inputs'])
  assert.deepEqual(parseRows(octets('{"inputs":[[1,2]]}'), { keys }).members, new Map([['inputs', [[1, 2]]]]))
})

test('bare NaN and Infinity are for who asks for them', () => {
  const { members } = parseRows(octets('{"instances":[[NaN,-Infinity]]}'), { keys, spec: spec('FP32', [-1, 2]), nonFinite: true })
  assert.deepEqual(members.get('instances'), [[Number.NaN, Number.NEGATIVE_INFINITY]])
  assert.throws(() => read('{"instances":[[NaN,1]]}'), /not valid JSON/)
})

test('a body that is no object, or no JSON, is refused', () => {
  assert.throws(() => read('[1,2]'), /must be a JSON object, found "\[1"/)
  assert.throws(() => read('"a'), /not valid JSON/)
  assert.throws(() => read('{"instances":[[1,2]],"instances":[[1,2]]}'), /"instances" is there twice/)
  assert.throws(() => read('{"instances":[[1,2]]}}'), /text after the end/)
  const whole = '{"instances":[[1,2],[3,4]],"a":1}'
  for (let length = 0; length < whole.length; length++) assert.throws(() => read(whole.slice(0, length)), /not valid JSON/)
})

test('what is read straight is what the parsed value gives', () => {
  const size = fc.integer({ min: 1, max: 4 })
  const element = { FP32: fc.float({ noNaN: true, noDefaultInfinity: true }), INT32: fc.integer(), UINT8: fc.nat(255) }
  const cases = fc.record({ rows: size, width: size, height: size }).chain(({ rows, width, height }) => {
    const of = (datatype: keyof typeof element) =>
      fc
        .array(element[datatype], { minLength: rows * width * height, maxLength: rows * width * height })
        .map((values) => tensorFromJson({ name: 'x', datatype, shape: [rows, width, height] }, values))
    return fc.oneof(of('FP32'), of('INT32'), of('UINT8'))
  })
  fc.assert(
    fc.property(cases, fc.boolean(), (value, free) => {
      const text = nestedJson(value)
      const shape = [-1, ...value.shape.slice(1).map((one) => (free ? -1 : one))]
      const parsed: JsonValue = parseJson(octets(text))
      assert.deepEqual(rowsOf(text, spec(value.datatype, shape)), tensorFromJson({ name: 'x', datatype: value.datatype }, parsed))
    }),
  )
})
