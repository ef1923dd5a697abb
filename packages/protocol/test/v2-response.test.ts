import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { ParameterValue } from '../src/infer.ts'
import { DATATYPES, type Tensor, tensor } from '../src/tensor.ts'
import { decodeInferResponse } from '../src/v2-client.ts'
import { encodeInferResponse } from '../src/v2-response.ts'
import { arbitraryTensor, arbitraryTensors } from './support/arbitrary-tensor.ts'
import { octets } from './support/refusal.ts'

const text = (body: Uint8Array) => new TextDecoder().decode(body)
const json = (outputs: ReadonlyMap<string, Tensor>) =>
  text(encodeInferResponse({ model: 'm', version: '2', outputs }, { binaryOutput: () => false }).body)

test('an answer is what V2 says it is', () => {
  const outputs = new Map<string, Tensor>([
    ['y', tensor('FP32', [1, 2], Float32Array.of(0.1, -2))],
    ['label', tensor('BYTES', [1], [octets('zéro')])],
  ])
  assert.equal(
    text(
      encodeInferResponse(
        { model: 'm', version: '2', outputs, parameters: new Map([['a', 1]]) },
        { id: 'q"', binaryOutput: () => false, parameters: new Map([['b', true]]) },
      ).body,
    ),
    '{"model_name":"m","model_version":"2","id":"q\\"","parameters":{"a":1,"b":true},"outputs":[{"name":"y","datatype":"FP32","shape":[1,2],"data":[0.1,-2]},{"name":"label","datatype":"BYTES","shape":[1],"data":["zéro"]}]}',
  )
  assert.equal(
    text(encodeInferResponse({ model: 'm', version: '', outputs: new Map() }, { binaryOutput: () => false }).body),
    '{"model_name":"m","outputs":[]}',
  )
})

test('BYTES that are no text go as base64, all elements, and say so', () => {
  assert.match(
    json(new Map([['y', tensor('BYTES', [2], [octets('a'), Uint8Array.of(0xff)])]])),
    /"parameters":\{"content_type":"base64"\},"data":\["YQ==","\/w=="\]/,
  )
})

for (const datatype of DATATYPES)
  test(`${datatype}: an answer in JSON reads back as it was`, () => {
    fc.assert(
      fc.property(arbitraryTensor(datatype), (value) => {
        const body = encodeInferResponse({ model: 'm', version: '1', outputs: new Map([['y', value]]) }, { binaryOutput: () => false })
        assert.equal(body.headerLength, undefined)
        JSON.parse(text(body.body))
        assert.deepEqual(decodeInferResponse(body.body).outputs.get('y'), value)
      }),
    )
  })

test('any tensors, each binary or not, read back as they were', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.integer(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
  )
  const parameters: fc.Arbitrary<Map<string, ParameterValue>> = fc
    .array(fc.tuple(fc.string({ unit: 'binary' }), value))
    .map((entries) => new Map(entries))
  fc.assert(
    fc.property(arbitraryTensors, fc.func(fc.boolean()), fc.string({ unit: 'binary' }), parameters, (outputs, binaryOutput, id, extra) => {
      const { body, headerLength } = encodeInferResponse({ model: 'm', version: '1', outputs, parameters: extra }, { id, binaryOutput })
      assert.equal(
        headerLength !== undefined,
        [...outputs.keys()].some((name) => binaryOutput(name)),
      )
      assert.deepEqual(decodeInferResponse(body, headerLength), { model: 'm', version: '1', id, outputs, parameters: extra })
    }),
    { numRuns: 500 },
  )
})

test('an answer is the caller’s own: encoding another does not change it', () => {
  const encode = (value: number) =>
    encodeInferResponse(
      { model: 'm', version: '1', outputs: new Map([['y', tensor('INT32', [1], Int32Array.of(value))]]) },
      { binaryOutput: () => false },
    ).body
  const first = encode(1)
  const before = text(first)
  encode(2)
  assert.equal(text(first), before)
})
