import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DIALECTS } from '../src/dialects.ts'
import { type GivenTensor, tensorOctets } from '../src/tensor-octets.ts'

const pairs: GivenTensor = { name: 'x', datatype: 'FP32', shape: [2, 2], flat: [1, 2, 3, 4] }
const ids: GivenTensor = { name: 'id', datatype: 'INT64', shape: [2], flat: [9007199254740993n, -1] }
const bodyOf = (id: string, tensors: readonly GivenTensor[]) => DIALECTS.find((one) => one.id === id)?.request({ model: 'm', tensors })

test('one input is rows as they are, several are rows by name, and 64 bits keep their digits', () => {
  assert.equal(bodyOf('tfserving-rows', [pairs])?.body, '{"instances":[[1,2],[3,4]]}')
  assert.equal(bodyOf('mlflow', [pairs, ids])?.body, '{"instances":[{"x":[1,2],"id":9007199254740993},{"x":[3,4],"id":-1}]}')
  assert.equal(bodyOf('sagemaker', [pairs])?.body, '[[1,2],[3,4]]')
})

test('inputs without common rows have no row form, but columns and V2', () => {
  const scalar: GivenTensor = { name: 's', datatype: 'FP32', shape: [], flat: [5] }
  for (const id of ['tfserving-rows', 'azure', 'seldon']) assert.equal(bodyOf(id, [pairs, scalar]), undefined, id)
  assert.equal(bodyOf('tfserving-columns', [pairs, scalar])?.body, '{"inputs":{"x":[[1,2],[3,4]],"s":5}}')
  assert.match(String(bodyOf('v2', [scalar])?.body), /"shape":\[\],"datatype":"FP32","data":\[5\]/)
})

test('the binary form has its octets behind a head of the length that the header tells', () => {
  const request = bodyOf('v2-binary', [pairs, ids])
  assert.ok(request?.body instanceof Uint8Array)
  const octets = Buffer.from(request.body)
  const length = Number(request.headers?.['inference-header-content-length'])
  const { inputs } = JSON.parse(octets.subarray(0, length).toString())
  assert.deepEqual(
    inputs.map((one: { parameters: { binary_data_size: number } }) => one.parameters.binary_data_size),
    [16, 16],
  )
  assert.equal(octets.readFloatLE(length + 12), 4)
  assert.equal(octets.readBigInt64LE(length + 16), 9007199254740993n)
})

test('texts are octets after their length', () => {
  const octets = Buffer.from(tensorOctets({ name: 't', datatype: 'BYTES', shape: [2], flat: ['é', ''] }) ?? [])
  assert.deepEqual([...octets], [2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0])
})
