import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Tensor, tensor } from '@slipway/protocol'
import fc from 'fast-check'
import { createKeyOf } from '../../../src/serving/answers/key.ts'
import { decodeAnswer, encodeAnswer, encodedLength } from '../../../src/serving/answers/value.ts'

const keyOf = createKeyOf({ model: 'm', version: '1', digest: 'd' })
const KEY = keyOf(new Map())
const OTHER = keyOf(new Map([['x', tensor('BOOL', [1], Uint8Array.of(1))]]))
const OUTPUTS = new Map<string, Tensor>([
  ['label', tensor('BYTES', [2], [Buffer.from('sept'), Buffer.alloc(0)])],
  ['é', tensor('INT64', [1, 2], BigInt64Array.of(-1n, 2n ** 62n))],
  ['p', tensor('FP32', [2, 1], Float32Array.of(0.5, Number.NaN))],
  ['s', tensor('FP64', [], Float64Array.of(Math.PI))],
])
const STORED = { answer: { outputs: OUTPUTS, rows: 2, batchRows: 16 }, expires: 1_700_000_000_123 }

test('an answer comes back as it was put in, in memory of its own', () => {
  const bytes = encodeAnswer(KEY, STORED)
  assert.equal(bytes.byteLength, encodedLength(STORED.answer))
  // As a client hands it over: somewhere inside a larger buffer.
  const shifted = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]).subarray(3, 3 + bytes.byteLength)
  const back = decodeAnswer(KEY, shifted)
  assert.deepEqual([back?.expires, back?.answer.rows, back?.answer.batchRows], [STORED.expires, 2, 16])
  const plain = (outputs: ReadonlyMap<string, Tensor>) =>
    [...outputs].map(([name, { datatype, shape, data }]) => [
      name,
      datatype,
      shape,
      [...data].map((one) => (one instanceof Uint8Array ? [...one] : one)),
    ])
  assert.deepEqual(plain(back?.answer.outputs ?? new Map()), plain(OUTPUTS))
  for (const { data } of back?.answer.outputs.values() ?? []) {
    if (ArrayBuffer.isView(data)) assert.equal(data.buffer.byteLength, data.byteLength)
  }
})

test('an answer under another key is none', () => {
  assert.equal(decodeAnswer(OTHER, encodeAnswer(KEY, STORED)), undefined)
})

test('whatever is cut, spoiled, of another form or of somebody else is none, and nothing is thrown', () => {
  const bytes = encodeAnswer(KEY, STORED)
  for (let length = 0; length < bytes.byteLength; length++) assert.equal(decodeAnswer(KEY, bytes.subarray(0, length)), undefined)
  fc.assert(
    fc.property(fc.nat(bytes.byteLength - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const spoiled = Uint8Array.from(bytes)
      spoiled[at] = (spoiled[at] as number) ^ change
      assert.equal(decodeAnswer(KEY, spoiled), undefined)
    }),
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (foreign) => assert.equal(decodeAnswer(KEY, foreign), undefined)))
})
