import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { bytesOf, createData, ITEM_BYTES, type Tensor, type Tensors, tensor } from '@slipway/protocol'
import fc from 'fast-check'
import { createKeyOf } from '../../../src/serving/answers/key.ts'

const MODEL = { model: 'm', version: '1', digest: 'sha256:0' }
const keyOf = createKeyOf(MODEL)
const texts = (...elements: readonly string[]): Tensor =>
  tensor(
    'BYTES',
    [elements.length],
    elements.map((text) => Buffer.from(text)),
  )
const floats = (shape: readonly number[], ...values: readonly number[]): Tensor => tensor('FP32', shape, Float32Array.from(values))
const one = (value: Tensor): Tensors => new Map([['x', value]])

test('every part of what decides an answer is part of the key', () => {
  const sorts: readonly Tensors[] = [
    new Map(),
    one(floats([2], 1, 2)),
    one(floats([2], 1, 3)),
    one(floats([1, 2], 1, 2)),
    one(floats([2, 1], 1, 2)),
    one(floats([0])),
    one(floats([0, 2])),
    one(tensor('INT32', [2], Int32Array.from(new Int32Array(Float32Array.from([1, 2]).buffer)))),
    new Map([['y', floats([2], 1, 2)]]),
    one(texts('ab', 'c')),
    one(texts('a', 'bc')),
    one(texts('abc')),
    one(texts('abc', '')),
    one(texts('', 'abc')),
    one(tensor('UINT8', [3], Buffer.from('abc'))),
    new Map([
      ['a', texts('b')],
      ['c', texts('d')],
    ]),
    new Map([
      ['a', texts('d')],
      ['c', texts('b')],
    ]),
    new Map([['ab', texts('')]]),
    new Map([['a', texts('b')]]),
  ]
  assert.equal(new Set(sorts.map(keyOf)).size, sorts.length)
  assert.equal(keyOf(new Map()).length, 43)
})

test('another model, version or digest has other keys', () => {
  const inputs = one(floats([1], 1))
  const others = [MODEL, { ...MODEL, model: 'n' }, { ...MODEL, version: '2' }, { ...MODEL, digest: 'sha256:1' }]
  assert.equal(new Set(others.map((identity) => createKeyOf(identity)(inputs))).size, others.length)
})

test('the order of the inputs makes no difference', () => {
  const [a, b] = [floats([1], 1), texts('t')]
  assert.equal(
    keyOf(
      new Map([
        ['a', a],
        ['b', b],
      ]),
    ),
    keyOf(
      new Map([
        ['b', b],
        ['a', a],
      ]),
    ),
  )
})

const datatypes = fc.constantFrom('UINT8', 'FP32', 'INT64', 'BYTES' as const)
const numeric = (datatype: 'UINT8' | 'FP32' | 'INT64', bytes: Uint8Array): Tensor => {
  const data = createData(datatype, Math.floor(bytes.length / ITEM_BYTES[datatype]))
  bytesOf(data).set(bytes.subarray(0, data.byteLength))
  return tensor(datatype, [data.length], data)
}
const anyTensor: fc.Arbitrary<Tensor> = datatypes.chain((datatype) =>
  datatype === 'BYTES'
    ? fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 4 }).map((elements) => tensor('BYTES', [elements.length], elements))
    : fc.uint8Array({ maxLength: 24 }).map((bytes) => numeric(datatype, bytes)),
)
const anyInputs = fc
  .dictionary(fc.string({ maxLength: 4 }), anyTensor, { maxKeys: 3 })
  .map((named): Tensors => new Map(Object.entries(named)))

/** Another way of writing all of it down without ambiguity. */
const written = (inputs: Tensors) =>
  JSON.stringify(
    [...inputs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { datatype, shape, data }]) => [
        name,
        datatype,
        shape,
        ArrayBuffer.isView(data) ? Buffer.from(bytesOf(data)).toString('hex') : data.map((element) => Buffer.from(element).toString('hex')),
      ]),
  )

test('two requests have one key exactly if all of their inputs are the same', () => {
  fc.assert(
    fc.property(anyInputs, anyInputs, (a, b) => {
      assert.equal(keyOf(a) === keyOf(b), written(a) === written(b))
      assert.equal(keyOf(a), keyOf(new Map([...a].reverse())))
    }),
    { numRuns: 500 },
  )
})

test('a key does not depend on how its octets are brought together', () => {
  // Long inputs are digested in pieces, short ones in one: both are SHA-256 of the same row of octets.
  for (const length of [1, 60_000, 65_520, 65_536, 65_600, 200_000]) {
    const data = Uint8Array.from({ length }, (_, index) => index % 251)
    const identity = createHash('sha256')
      .update(JSON.stringify(['m', '1', 'sha256:0']))
      .digest()
    const numbers = (...values: readonly number[]) => Buffer.from(Float64Array.from(values).buffer)
    const row = [identity, numbers(1), Buffer.from('x'), numbers(1, 1, length, length), data]
    const expected = createHash('sha256').update(Buffer.concat(row)).digest('base64url')
    assert.equal(keyOf(one(tensor('UINT8', [length], data))), expected)
  }
})

test('many texts that do not fit together, and a name of many letters, are digested in pieces', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `text ${index}`)
  const [a, b] = [keyOf(one(texts(...many))), keyOf(one(texts(...many.with(-1, 'other'))))]
  assert.notEqual(a, b)
  const long = 'é'.repeat(40_000)
  assert.notEqual(keyOf(new Map([[long, texts('a')]])), keyOf(new Map([[`${long}e`, texts('a')]])))
})
