import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { ServeError } from '../src/errors.ts'
import { tensor } from '../src/tensor.ts'
import { decodeInferResponse, encodeInferRequest } from '../src/v2-client.ts'
import { decodeInferRequest } from '../src/v2-request.ts'
import { arbitraryTensors } from './support/arbitrary-tensor.ts'
import { octets } from './support/refusal.ts'

test('any request, in JSON or binary, is decoded as it was', () => {
  const parameters = fc.constantFrom(
    undefined,
    new Map<string, string | number>([
      ['a', 1],
      ['b', 'é'],
    ]),
  )
  const outputs = fc.constantFrom(undefined, [{ name: 'y' }, { name: '__proto__', parameters: new Map([['k', true]]) }])
  fc.assert(
    fc.property(
      arbitraryTensors,
      fc.boolean(),
      parameters,
      outputs,
      fc.option(fc.string(), { nil: undefined }),
      (inputs, binary, given, wanted, id) => {
        const request = {
          inputs,
          ...(given === undefined ? {} : { parameters: given }),
          ...(wanted === undefined ? {} : { outputs: wanted }),
          ...(id === undefined ? {} : { id }),
        }
        const { body, headerLength } = encodeInferRequest(request, { binary })
        const decoded = decodeInferRequest(body, { model: 'm', ...(headerLength === undefined ? {} : { headerLength }) })
        assert.deepEqual(decoded.request, { model: 'm', ...request })
        assert.equal(decoded.binaryOutput('y'), binary)
      },
    ),
    { numRuns: 500 },
  )
})

test('answers of other servers: extra keys, null for nothing, members in any order', () => {
  assert.deepEqual(
    decodeInferResponse(
      octets(
        '{"outputs":[{"data":[1],"parameters":null,"datatype":"INT64","shape":[1],"name":"y"}],"model_name":"m","model_version":null,"id":null,"parameters":{"a":null,"b":2},"took":1.5}',
      ),
    ),
    { model: 'm', outputs: new Map([['y', tensor('INT64', [1], BigInt64Array.of(1n))]]), parameters: new Map([['b', 2]]) },
  )
})

test('an answer that is none is the server’s fault, and says why', () => {
  for (const [body, message] of [
    ['<html>', /the server's answer is no V2 inference response: .*byte 0/],
    ['{}', /it has no "outputs"/],
    ['{"outputs":[{"name":"y","datatype":"FP32","shape":[2],"data":[1]}]}', /output "y": shape \[2\] takes 2 elements/],
  ] as const)
    assert.throws(
      () => decodeInferResponse(octets(body)),
      (error) => error instanceof ServeError && error.code === 'INTERNAL' && message.test(error.message),
    )
})
