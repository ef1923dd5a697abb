import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { bytesEncoding } from '../src/json/data-writer.ts'
import { parseJson } from '../src/json.ts'
import { flatJson, nestedJson, nestedJsonOctets, tensorFromJson } from '../src/json-tensor.ts'
import { DATATYPES, type Datatype, elementCount, tensor } from '../src/tensor.ts'
import { arbitraryTensor } from './support/arbitrary-tensor.ts'
import { octets, refused } from './support/refusal.ts'

const read = (datatype: Datatype, text: string, shape?: readonly number[]) =>
  tensorFromJson({ name: 'x', datatype, ...(shape === undefined ? {} : { shape }) }, parseJson(octets(text)))

for (const datatype of DATATYPES)
  test(`${datatype}: what is written flat or nested reads back as it was`, () => {
    fc.assert(
      fc.property(arbitraryTensor(datatype), (value) => {
        const base64 = bytesEncoding(value) === 'base64'
        const spec = { name: 'x', datatype, base64 }
        assert.deepEqual(tensorFromJson({ ...spec, shape: value.shape }, parseJson(octets(flatJson(value)))), value)
        const nested = tensorFromJson(spec, parseJson(octets(nestedJson(value))))
        assert.deepEqual(nested.data, value.data)
        // Behind an empty dimension the nesting cannot show the others.
        const end = value.shape.indexOf(0)
        assert.deepEqual(nested.shape, end === -1 ? value.shape : value.shape.slice(0, end + 1))
      }),
    )
  })

test('the shape is that of the nesting, and a bare element is a scalar', () => {
  assert.deepEqual(read('INT32', '[[[1,2]],[[3,4]]]').shape, [2, 1, 2])
  assert.deepEqual(read('INT32', '7'), tensor('INT32', [], Int32Array.of(7)))
  assert.deepEqual(read('FP32', '[]').shape, [0])
  assert.deepEqual(read('FP32', '[[],[]]').shape, [2, 0])
  assert.deepEqual(read('INT32', '[1,2,3,4]', [2, 2]).shape, [2, 2])
})

test('nested layout closes every dimension where it ends', () => {
  assert.equal(nestedJson(tensor('INT32', [2, 2, 2], Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8))), '[[[1,2],[3,4]],[[5,6],[7,8]]]')
  assert.equal(nestedJson(tensor('INT32', [], Int32Array.of(5))), '5')
  assert.equal(nestedJson(tensor('INT32', [2, 0, 3], Int32Array.of())), '[[],[]]')
  assert.equal(flatJson(tensor('BOOL', [1, 2], Uint8Array.of(1, 0))), '[true,false]')
})

test('NaN and the infinities are strings, never null', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]
  for (const value of [tensor('FP32', [4], Float32Array.from(values)), tensor('FP64', [4], Float64Array.from(values))])
    assert.equal(flatJson(value), '["NaN","Infinity","-Infinity",-0]')
  assert.equal(flatJson(tensor('FP16', [2], Uint16Array.of(0x7e00, 0xfc00))), '["NaN","-Infinity"]')
  assert.deepEqual(read('FP32', '["NaN","Infinity","-Infinity",-0]').data, Float32Array.from(values))
})

test('NaN and the infinities are bare tokens where a dialect wants them so', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5]
  for (const value of [tensor('FP32', [2, 2], Float32Array.from(values)), tensor('FP64', [2, 2], Float64Array.from(values))])
    assert.equal(nestedJson(value, { bareNonFinite: true }), '[[NaN,Infinity],[-Infinity,1.5]]')
  assert.equal(flatJson(tensor('FP16', [2], Uint16Array.of(0x7e00, 0xfc00)), { bareNonFinite: true }), '[NaN,-Infinity]')
})

test('a whole answer can be written as octets', () => {
  const value = tensor('BYTES', [1, 2], [octets('é'), octets('')])
  const text = new TextDecoder().decode(nestedJsonOctets(value, { before: '{"y":', after: '}' }))
  assert.equal(text, `{"y":${nestedJson(value)}}`)
})

test('BYTES can be objects with base64', () => {
  const value = tensor('BYTES', [2, 1], [Uint8Array.of(0xff, 0), Uint8Array.of(97)])
  assert.equal(nestedJson(value, { bytesAs: 'object' }), '[[{"b64":"/wA="}],[{"b64":"YQ=="}]]')
})

test('64-bit integers are written exactly, with and without the fast way', () => {
  const signed = BigInt64Array.of(
    0n,
    -1n,
    2n ** 53n,
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 32n,
    -(2n ** 32n),
  )
  assert.equal(flatJson(tensor('INT64', [9], signed)), `[${[...signed].join(',')}]`)
  const unsigned = BigUint64Array.of(2n ** 64n - 1n, 2n ** 63n, 2n ** 53n - 1n)
  assert.equal(flatJson(tensor('UINT64', [3], unsigned)), `[${[...unsigned].join(',')}]`)
})

test('a tensor far larger than the first room of the writer is written whole', () => {
  const data = Float32Array.from({ length: 100_000 }, (_, index) => Math.fround(index / 7))
  assert.deepEqual(Float32Array.from(JSON.parse(flatJson(tensor('FP32', [data.length], data))) as number[]), data)
  const long = tensor('BYTES', [1], [octets('\u0001"é'.repeat(50_000))])
  assert.deepEqual(JSON.parse(flatJson(long)), ['\u0001"é'.repeat(50_000)])
})

test('refuses elements that the datatype does not take, naming index and value', () => {
  const table: [Datatype, string, RegExp][] = [
    ['UINT8', '[1,256]', /input "x": element 1 is 256, but UINT8 takes whole numbers from 0 to 255/],
    ['INT8', '[[-129]]', /element 0 is -129, but INT8/],
    ['INT32', '[1.5]', /element 0 is 1.5, but INT32/],
    ['INT64', '[9223372036854775808]', /element 0 is 9223372036854775808, but INT64/],
    ['INT64', '[1e300]', /but INT64 takes/],
    ['UINT64', '[-1]', /element 0 is -1, but UINT64/],
    ['FP32', '[1e39]', /element 0 is 1e\+39, but FP32 takes numbers up to/],
    ['FP32', '["1"]', /element 0 is the string "1"/],
    ['FP16', '[65520]', /65520, but FP16/],
    ['BOOL', '[2]', /2, but BOOL takes true, false, 0 or 1/],
    ['FP32', '[true]', /true, but FP32/],
    ['FP32', '[null]', /null, but FP32/],
    ['BYTES', '[1]', /1, but BYTES takes strings/],
    ['BYTES', '[{"b64":"?"}]', /an object, but BYTES/],
    ['INT32', '[[1,2],[3]]', /ragged/],
    ['INT32', '[1,[2]]', /ragged/],
    ['INT32', '[[1],2]', /ragged/],
    ['INT32', '[[],[1]]', /ragged/],
  ]
  for (const [datatype, text, message] of table) refused(() => read(datatype, text), message)
  refused(() => read('INT32', '[1,2,3]', [2, 2]), /shape \[2, 2\] takes 4 elements, but there are 3/)
  assert.equal(elementCount([]), 1)
})

test('BYTES: text, one element as base64, a whole tensor as base64', () => {
  assert.deepEqual(read('BYTES', '["é",{"b64":"/w=="}]').data, [octets('é'), Uint8Array.of(255)])
  assert.deepEqual(tensorFromJson({ name: 'x', datatype: 'BYTES', base64: true }, ['/w==']).data, [Uint8Array.of(255)])
  assert.equal(flatJson(tensor('BYTES', [2], [octets('a"\n'), octets('')])), '["a\\"\\n",""]')
  assert.equal(flatJson(tensor('BYTES', [2], [octets('a'), Uint8Array.of(0xff)])), '["YQ==","/w=="]')
})
