import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@slipway/protocol'
import { bulkOffset } from '../../../src/dialects/grpc/bulk.ts'
import { definitions, grpcServer, type Message } from '../../support/grpc.ts'
import { PAIRS } from '../../support/revision.ts'

const ROWS = 20_000
const octets = Buffer.from(Float32Array.from({ length: 2 * ROWS }, (_, index) => index).buffer)

/** What the model is given of a message with this id. */
async function given(service: string, method: string, request: (id: string) => object): Promise<readonly Tensor[]> {
  const seen: Tensor[] = []
  await using server = await grpcServer([
    {
      ...PAIRS,
      infer: async ({ inputs }) => {
        seen.push(inputs.get('x') as Tensor)
        return { model: 'pairs', version: '1', outputs: new Map(), phases: {}, rows: ROWS, batchRows: ROWS }
      },
    },
  ])
  const { call } = server.stub(service)
  for (let length = 0; length < 8; length++) await call(method, request('i'.repeat(length)))
  return seen
}

/** Numbers in a large message are read where the message lies: they have no memory of their own. */
function areViews(tensors: readonly Tensor[]): void {
  assert.equal(tensors.length, 8)
  for (const { data } of tensors) {
    assert.ok(data instanceof Float32Array)
    assert.ok(data.buffer.byteLength > data.byteLength, 'the elements were copied')
    assert.equal(data.at(-1), 2 * ROWS - 1)
  }
}

test('large raw contents are read where they lie, whatever comes before them', async () =>
  areViews(
    await given('inference.GRPCInferenceService', 'ModelInfer', (id) => ({
      model_name: 'pairs',
      id,
      inputs: [{ name: 'x', datatype: 'FP32', shape: [ROWS, 2] }],
      raw_input_contents: [octets],
    })),
  ))

test('so is a large tensor_content', async () =>
  areViews(
    await given('tensorflow.serving.PredictionService', 'Predict', (signature_name) => ({
      model_spec: { name: 'pairs', signature_name },
      inputs: { x: { dtype: 'DT_FLOAT', tensor_shape: { dim: [{ size: ROWS }, { size: 2 }] }, tensor_content: octets } },
    })),
  ))

test('the offset is found in the start of a message, and nowhere else', () => {
  const message: Buffer = (definitions['inference.GRPCInferenceService'] as Message).ModelInfer.requestSerialize({
    model_name: 'pairs',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [4, 2] }],
    raw_input_contents: [Buffer.alloc(32, 7)],
  })
  const begins = message.byteLength - 32
  for (let length = begins; length < message.byteLength; length++) assert.equal(bulkOffset(message.subarray(0, length), [7]), begins)
  for (let length = 0; length < begins; length++) assert.equal(bulkOffset(message.subarray(0, length), [7]), undefined)
  assert.equal(bulkOffset(message, [7]), undefined)
  assert.equal(bulkOffset(Buffer.alloc(40, 0xff), [7]), undefined)
})
