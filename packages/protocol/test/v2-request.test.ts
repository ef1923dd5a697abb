import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type Datatype, type Tensor, tensor } from '../src/tensor.ts'
import { decodeInferRequest } from '../src/v2-request.ts'
import { octets } from './support/refusal.ts'

const decode = (text: string) => decodeInferRequest(octets(text), { model: 'm' })
const body = (datatype: string, shape: string, data: string) =>
  `{"inputs":[{"name":"x","shape":${shape},"datatype":"${datatype}","data":${data}}]}`
function one(datatype: Datatype, data: string, shape: string): Tensor {
  const value = decode(body(datatype, shape, data)).request.inputs.get('x')
  assert.ok(value !== undefined)
  return value
}

test('a request with everything that the protocol has', () => {
  const { request, binaryOutput } = decodeInferRequest(
    octets(`{
      "id": "42", "parameters": {"priority": 1, "binary_data_output": true, "note": "é", "big": 18446744073709551615, "none": null},
      "outputs": [{"name": "y", "parameters": {"binary_data": false, "classification": 2}}, {"name": "z"}],
      "inputs": [
        {"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [[1, 2.5], [-0.0, 1e-3]]},
        {"name": "t", "shape": [1], "datatype": "BYTES", "parameters": {"content_type": "str"}, "data": ["caf\\u00e9"]}
      ],
      "client": {"extra": [1, {"a": null}]}
    }`),
    { model: 'm', version: '3' },
  )
  assert.deepEqual(request, {
    model: 'm',
    version: '3',
    id: '42',
    parameters: new Map<string, unknown>([
      ['priority', 1],
      ['note', 'é'],
      ['big', 18446744073709551615n],
    ]),
    outputs: [{ name: 'y', parameters: new Map([['classification', 2]]) }, { name: 'z' }],
    inputs: new Map<string, Tensor>([
      ['x', tensor('FP32', [2, 2], Float32Array.of(1, 2.5, -0, 1e-3))],
      ['t', tensor('BYTES', [1], [octets('café')])],
    ]),
  })
  assert.deepEqual(['y', 'z', 'other'].map(binaryOutput), [false, true, true])
})

test('the least request, and null for what is absent', () => {
  const { request, binaryOutput } = decode(
    '{"id":null,"parameters":null,"outputs":null,"inputs":[{"name":"x","parameters":null,"datatype":"BOOL","shape":[],"data":[true]}]}',
  )
  assert.deepEqual(request, { model: 'm', inputs: new Map([['x', tensor('BOOL', [], Uint8Array.of(1))]]) })
  assert.equal(binaryOutput('y'), false)
  assert.deepEqual(decode('{"inputs":[]}').request.inputs, new Map())
})

test('keys come in any order, also data before what it takes to read it', () => {
  const members = ['"name":"x"', '"shape":[1,2]', '"datatype":"INT64"', '"data":[[9007199254740993, -1]]', '"parameters":{"a":"]}"}']
  const expected = new Map([['x', tensor('INT64', [1, 2], BigInt64Array.of(9007199254740993n, -1n))]])
  fc.assert(
    fc.property(fc.shuffledSubarray(members, { minLength: 5 }), (shuffled) =>
      assert.deepEqual(decode(`{"inputs": [ {${shuffled.join(' , ')}} ] }`).request.inputs, expected),
    ),
  )
})

test('BYTES before their parameters are base64 all the same', () => {
  for (const members of [
    '"data":["/w=="],"parameters":{"content_type":"base64"}',
    '"parameters":{"content_type":"base64"},"data":["/w=="]',
  ])
    assert.deepEqual(decode(`{"inputs":[{"name":"x","datatype":"BYTES","shape":[1],${members}}]}`).request.inputs.get('x')?.data, [
      Uint8Array.of(255),
    ])
})

test('flat, nested as the shape, and nested otherwise but evenly are the same data', () => {
  for (const data of ['[1,2,3,4]', '[[1,2],[3,4]]', '[[[1,2],[3,4]]]', '[[[[1],[2]],[[3],[4]]]]', '[[1,2,3,4]]'])
    assert.deepEqual(one('INT32', data, '[2,2]'), tensor('INT32', [2, 2], Int32Array.of(1, 2, 3, 4)))
  assert.deepEqual(one('FP32', '[[],[]]', '[2,0]').data, new Float32Array(0))
})

test('numbers of every form, many and few, are the nearest value of the datatype', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => Math.abs(value) < 3e38),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.integer().map((value) => value / 1000),
    fc.double({ min: -2, max: 2, noNaN: true }),
    fc.integer(),
  )
  const written = number.chain((value) =>
    fc.constantFrom(
      JSON.stringify(value),
      value.toExponential(),
      ...(Math.abs(value) < 1e20 && Math.abs(value) > 1e-20 ? [value.toFixed(20)] : []),
    ),
  )
  fc.assert(
    fc.property(fc.array(written, { maxLength: 40 }), fc.constantFrom(',', ', ', ' ,\n  '), (texts, comma) => {
      const data = `[${texts.join(comma)}]`
      assert.deepEqual(one('FP64', data, `[${texts.length}]`).data, Float64Array.from(texts, Number))
      assert.deepEqual(one('FP32', data, `[${texts.length}]`).data, Float32Array.from(texts, Number))
    }),
    { numRuns: 3000 },
  )
})

test('FP32: decimals at the very middle between two singles are rounded as by way of the double', () => {
  const texts: string[] = []
  for (let index = 0; index < 2000; index++) {
    const low = Math.fround(1 + index / 2000)
    const middle = low + 2 ** -24
    for (const text of [String(middle), `${String(middle).slice(0, -1)}1`, `${String(middle)}1`, middle.toFixed(17)]) texts.push(text)
  }
  const value = one('FP32', `[${texts.join(',')}]`, `[${texts.length}]`)
  assert.deepEqual(value.data, Float32Array.from(texts, Number))
})

test('64-bit integers are exact against BigInt, in every form', () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1, maxLength: 30 }),
      fc.constantFrom('', '.0', 'e0', '.000E+0'),
      (values, tail) =>
        assert.deepEqual(
          one('INT64', `[${values.map((value) => value + tail).join(',')}]`, `[${values.length}]`).data,
          BigInt64Array.from(values),
        ),
    ),
  )
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 30 }), (values) =>
      assert.deepEqual(one('UINT64', `[${values.join(',')}]`, `[${values.length}]`).data, BigUint64Array.from(values)),
    ),
  )
})

test('integers by value: 1.0, 1e2, 120e-1, -0', () => {
  for (const datatype of ['INT8', 'INT32', 'UINT16'] as const)
    assert.deepEqual([...(one(datatype, '[1.0,1e2,120e-1,-0,0.0,0e9,0.5e1]', '[7]').data as Int8Array)], [1, 100, 12, 0, 0, 0, 5])
  assert.deepEqual(
    one('INT64', '[1.0,1e2,120e-1,-0,9223372036854775807.0,9.223372036854775807e18]', '[6]').data,
    BigInt64Array.of(1n, 100n, 12n, 0n, 2n ** 63n - 1n, 2n ** 63n - 1n),
  )
})

test('BOOL as words or digits, FP16 and BF16 as numbers, non-finite values as strings', () => {
  assert.deepEqual(one('BOOL', '[true,false,1,0,1.0]', '[5]').data, Uint8Array.of(1, 0, 1, 0, 1))
  assert.deepEqual(
    one('FP16', '[1,-2,65504,65519.9,1e-10,"NaN","-Infinity"]', '[7]').data,
    Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x7bff, 0, 0x7e00, 0xfc00),
  )
  assert.deepEqual(one('BF16', '[1,-2,0.1,"Infinity"]', '[4]').data, Uint16Array.of(0x3f80, 0xc000, 0x3dcd, 0x7f80))
  assert.deepEqual(
    one('FP32', '["NaN","Infinity","-Infinity",-0,1e-45,3.4028235677973362e38]', '[6]').data,
    Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-45, 3.4028234663852886e38),
  )
})

test('BYTES: empty, NUL, escapes, and octets by element', () => {
  assert.deepEqual(one('BYTES', '["","\\u0000","\\"é😀\\ud83d\\ude00",{"b64":"AAEC"},{ "b64" : "" }]', '[5]').data, [
    octets(''),
    octets('\0'),
    octets('"é😀😀'),
    Uint8Array.of(0, 1, 2),
    octets(''),
  ])
})

test('names that reach a prototype elsewhere are names', () => {
  const { request } = decode(
    '{"__proto__":1,"inputs":[{"name":"__proto__","datatype":"INT8","shape":[1],"data":[1]},{"name":"constructor","datatype":"INT8","shape":[1],"data":[2]}],"parameters":{"__proto__":true}}',
  )
  assert.deepEqual([...request.inputs.keys()], ['__proto__', 'constructor'])
  assert.deepEqual(request.parameters, new Map([['__proto__', true]]))
})

test('a thousand inputs, and thirty-two dimensions', () => {
  const inputs = Array.from({ length: 1000 }, (_, index) => `{"name":"x${index}","datatype":"INT8","shape":[],"data":[1]}`)
  assert.equal(decode(`{"inputs":[${inputs.join(',')}]}`).request.inputs.size, 1000)
  assert.equal(one('INT8', '[1]', `[${Array(32).fill(1).join(',')}]`).shape.length, 32)
})
