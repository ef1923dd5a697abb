import assert from 'node:assert/strict'
import test from 'node:test'
import type { Signature } from '../../src/signature.ts'
import { type Datatype, type Tensor, tensor } from '../../src/tensor.ts'
import { parseHeaderLength } from '../../src/v2/header-length.ts'
import { decodeInferRequest } from '../../src/v2-request.ts'
import { octets, refused } from '../support/refusal.ts'

function join(json: string, ...blobs: Uint8Array[]): { body: Uint8Array; headerLength: number } {
  const head = octets(json)
  return { body: Buffer.concat([head, ...blobs]), headerLength: head.length }
}
function decode({ body, headerLength }: { body: Uint8Array; headerLength: number }) {
  return decodeInferRequest(body, { model: 'm', headerLength }).request.inputs
}
const input = (name: string, datatype: Datatype, shape: string, size: unknown) =>
  `{"name":"${name}","datatype":"${datatype}","shape":${shape},"parameters":{"binary_data_size":${size}}}`
const single = (datatype: Datatype, shape: string, blob: Uint8Array, size: unknown = blob.length) =>
  join(`{"inputs":[${input('x', datatype, shape, size)}]}`, blob)

test('JSON and binary mixed, the blobs in the order of the inputs, the size before or after the rest', () => {
  const inputs = decode(
    join(
      `{"inputs":[${input('a', 'FP32', '[2]', 8)},{"name":"b","datatype":"INT8","shape":[1],"data":[7]},{"parameters":{"binary_data_size":11},"shape":[2],"datatype":"BYTES","name":"c"}]}`,
      new Uint8Array(Float32Array.of(1.5, -0).buffer),
      Uint8Array.of(3, 0, 0, 0, 0xff, 0, 0x61, 0, 0, 0, 0),
    ),
  )
  assert.deepEqual(
    inputs,
    new Map<string, Tensor>([
      ['a', tensor('FP32', [2], Float32Array.of(1.5, -0))],
      ['b', tensor('INT8', [1], Int8Array.of(7))],
      ['c', tensor('BYTES', [2], [Uint8Array.of(0xff, 0, 0x61), new Uint8Array(0)])],
    ]),
  )
})

test('aligned data is a view of the body; misaligned data is copied, at every offset, of a Buffer too', () => {
  for (let pad = 0; pad < 8; pad++) {
    const { body, headerLength } = join(
      `{"inputs":[${input('x', 'FP64', '[1]', 8)}]${' '.repeat(pad)}}`,
      new Uint8Array(Float64Array.of(2.5).buffer),
    )
    for (const bytes of [body, new Uint8Array(body)]) {
      const data = decodeInferRequest(bytes, { model: 'm', headerLength }).request.inputs.get('x')?.data as Float64Array
      assert.deepEqual(data, Float64Array.of(2.5))
      assert.equal(data.buffer === bytes.buffer, (bytes.byteOffset + headerLength) % 8 === 0)
    }
  }
})

test('binary floats are bit-exact: every NaN, denormals, minus zero', () => {
  const patterns = Uint32Array.of(0x7fc00001, 0xffc00000, 0x7f800001, 1, 0x80000000, 0x7f800000)
  const data = decode(single('FP32', '[6]', new Uint8Array(patterns.buffer))).get('x')?.data as Float32Array
  assert.deepEqual(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), new Uint8Array(patterns.buffer))
})

test('refuses sizes that are off, in any direction, and says which', () => {
  const four = Uint8Array.of(1, 2, 3, 4)
  refused(() => decode(single('FP32', '[1]', four, 3)), /input "x": FP32 \[1\] takes 4 bytes, but "binary_data_size" is 3/)
  refused(() => decode(single('FP32', '[1]', four, 5)), /"binary_data_size" is 5, but only 4 bytes of the body are left/)
  refused(() => decode(single('FP32', '[1]', four.subarray(1), 4)), /is 4, but only 3 bytes/)
  refused(() => decode(single('FP32', '[1]', Buffer.concat([four, four.subarray(0, 1)]), 4)), /1 byte of the body belongs to no tensor/)
  refused(() => decode(single('INT8', '[5]', four)), /INT8 \[5\] takes 5 bytes, but "binary_data_size" is 4/)
  refused(() => decode(single('INT8', '[9007199254740991]', four)), /takes 9007199254740991 bytes/)
  for (const [size, said] of [
    [-1, '"-1"'],
    [1.5, '"1.5"'],
    ['"4"', '"4"'],
    [true, '"true"'],
    [9007199254740993n, '"9007199254740993"'],
  ] as const)
    refused(() => decode(single('INT8', '[4]', four, size)), new RegExp(`"binary_data_size" must be a whole number of bytes, got ${said}`))
  refused(() => decode(join(`{"inputs":[${input('x', 'INT8', '[4]', 4).slice(0, -1)},"data":[1,2,3,4]}]}`, four)), /has both "data" and/)
})

test('refuses a header length that cuts the JSON or takes octets of a tensor', () => {
  const { body, headerLength } = single('INT8', '[4]', Uint8Array.of(1, 2, 3, 4))
  refused(() => decode({ body, headerLength: headerLength - 1 }), /the text ends/)
  refused(() => decode({ body, headerLength: headerLength + 1 }), /is 4, but only 3 bytes|after the end/)
  refused(() => decode({ body, headerLength: body.length + 1 }), /Inference-Header-Content-Length is \d+, but the body has \d+ bytes/)
})

test('refuses a binary request cut off at any byte', () => {
  const { body, headerLength } = single('BYTES', '[2]', Uint8Array.of(2, 0, 0, 0, 1, 2, 1, 0, 0, 0, 9))
  for (let length = 1; length < body.length; length++)
    refused(() => decodeInferRequest(body.subarray(0, length), { model: 'm', headerLength: Math.min(headerLength, length) }), /./)
})

test('BYTES: an overrun, a length of 2^32-1, leftovers and a wrong count are refused', () => {
  refused(() => decode(single('BYTES', '[1]', Uint8Array.of(5, 0, 0, 0, 1))), /element 0 says it has 5 bytes, but only 1 are left/)
  refused(() => decode(single('BYTES', '[1]', Uint8Array.of(255, 255, 255, 255, 1))), /element 0 says it has 4294967295 bytes/)
  refused(() => decode(single('BYTES', '[1]', Uint8Array.of(0, 0, 0, 0, 1, 2))), /2 bytes are left where the 4-byte length of element 1/)
  refused(() => decode(single('BYTES', '[2]', Uint8Array.of(0, 0, 0, 0))), /takes 2 elements, but the bytes hold 1/)
  refused(() => decode(single('BYTES', '[1]', new Uint8Array(8))), /takes 1 element, but the bytes hold 2/)
  refused(() => decode(single('BYTES', '[9007199254740991]', new Uint8Array(4))), /but the bytes hold 1/)
})

test('BOOL octets are 0 or 1', () => {
  assert.deepEqual(decode(single('BOOL', '[2]', Uint8Array.of(1, 0))).get('x')?.data, Uint8Array.of(1, 0))
  refused(() => decode(single('BOOL', '[3]', Uint8Array.of(1, 0, 2))), /element 2 is 2, but BOOL takes the bytes 0 and 1/)
})

const signature = (...inputs: [Datatype, number[]][]): Signature => ({
  inputs: inputs.map(([datatype, shape], index) => ({ name: `x${index}`, datatype, shape, symbols: shape.map(() => null) })),
  outputs: [],
})
const raw = (body: Uint8Array, model: Signature) => decodeInferRequest(body, { model: 'm', headerLength: 0, signature: model })

test('the raw form: the free dimension is what the octets fill, and all outputs are binary', () => {
  const body = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)
  const { request, binaryOutput } = raw(body, signature(['FP32', [-1, 2]]))
  assert.deepEqual(request.inputs, new Map([['x0', tensor('FP32', [2, 2], Float32Array.of(1, 2, 3, 4))]]))
  assert.equal(binaryOutput('anything'), true)
  assert.deepEqual(raw(body, signature(['FP32', [4]])).request.inputs.get('x0')?.shape, [4])
  assert.deepEqual(raw(body.subarray(0, 4), signature(['FP32', []])).request.inputs.get('x0')?.shape, [])
  assert.deepEqual(raw(Buffer.from('héllo'), signature(['BYTES', [-1]])).request.inputs.get('x0'), tensor('BYTES', [1], [octets('héllo')]))
  assert.deepEqual(raw(new Uint8Array(0), signature(['BYTES', [1, 1]])).request.inputs.get('x0'), tensor('BYTES', [1, 1], [octets('')]))
})

test('the raw form is refused where it cannot tell what the octets are', () => {
  const body = new Uint8Array(10)
  refused(() => raw(body, signature(['FP32', [-1]], ['FP32', [-1]])), /exactly 1 input, but m has 2/)
  refused(() => raw(body, signature()), /exactly 1 input, but m has 0/)
  refused(() => raw(body, signature(['FP32', [-1, -1]])), /at most 1 free dimension, but "x0" of m is FP32 \[\?, \?\]/)
  refused(() => raw(body, signature(['FP32', [-1, 2]])), /takes a multiple of 8 bytes, but the body has 10/)
  refused(() => raw(body, signature(['FP32', [2]])), /takes 8 bytes, but the body has 10/)
  refused(() => raw(body, signature(['FP32', [-1, 0]])), /but the body has 10/)
  refused(() => raw(body, signature(['BYTES', [2]])), /BYTES of one element/)
})

test('the header is a whole number of bytes up to the size of the body, or absent', () => {
  assert.equal(parseHeaderLength(undefined, 5), undefined)
  assert.equal(parseHeaderLength('0', 5), 0)
  assert.equal(parseHeaderLength('5', 5), 5)
  refused(() => parseHeaderLength('6', 5), /is 6, but the body has 5 bytes/)
  for (const value of ['', ' ', '-1', '+1', '1.0', '0x1', '1e1', 'five', '1,2', '99999999999999999999', 'x'.repeat(1000)])
    assert.ok(refused(() => parseHeaderLength(value, 5), /must be a whole number of bytes, got/).length < 200)
})
