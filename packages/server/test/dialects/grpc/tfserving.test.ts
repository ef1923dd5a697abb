import assert from 'node:assert/strict'
import { test } from 'node:test'
import { status } from '@grpc/grpc-js'
import type { Datatype, Tensor } from '@slipway/protocol'
import { type GrpcTest, grpcServer, type Message } from '../../support/grpc.ts'
import { type FakeModel, MIXED, PAIRS } from '../../support/revision.ts'

const PREDICTION = 'tensorflow.serving.PredictionService'
const shape = (...sizes: readonly number[]) => ({ dim: sizes.map((size) => ({ size })) })
const x = (extra: object = {}) => ({ dtype: 'DT_FLOAT', tensor_shape: shape(2, 2), float_val: [1, 2, 3, 4.5], ...extra })
const pairs = (inputs: object, extra: object = {}) => ({ model_spec: { name: 'pairs', ...extra }, inputs })

/** Gives its input back and remembers it. */
function echo(datatype: Datatype) {
  const seen: Tensor[] = []
  const model: FakeModel = {
    name: 'echo',
    signature: {
      inputs: [{ name: 'x', datatype, shape: [-1], symbols: ['n'] }],
      outputs: [{ name: 'y', datatype, shape: [-1], symbols: ['n'] }],
    },
    infer: async ({ inputs }) => {
      seen.push(inputs.get('x') as Tensor)
      return { model: 'echo', version: '1', outputs: new Map([['y', inputs.get('x') as Tensor]]), phases: {}, rows: 1, batchRows: 1 }
    },
  }
  return { seen, model }
}

async function predicted(request: object, server?: GrpcTest): Promise<Message> {
  await using own = server === undefined ? await grpcServer([PAIRS, MIXED]) : undefined
  return await (server ?? (own as GrpcTest)).stub(PREDICTION).call('Predict', request)
}

test('elements one by one and as octets are answered alike, one by one', async () => {
  const octets = { float_val: [], tensor_content: Buffer.from(Float32Array.of(1, 2, 3, 4.5).buffer) }
  for (const input of [x(), x(octets)]) {
    const { outputs, model_spec } = await predicted(pairs({ x: input }))
    assert.equal(outputs.y.dtype, 'DT_FLOAT')
    assert.deepEqual(
      outputs.y.tensor_shape.dim.map(({ size }: Message) => size),
      ['2', '2'],
    )
    assert.deepEqual(outputs.y.float_val, [2, 4, 6, 9])
    assert.deepEqual(model_spec, { name: 'pairs', version: { value: '1' }, version_choice: 'version', signature_name: 'serving_default' })
  }
})

const TYPES: readonly (readonly [Datatype, string, string, readonly unknown[]])[] = [
  ['BOOL', 'DT_BOOL', 'bool_val', [true, false]],
  ['INT8', 'DT_INT8', 'int_val', [-128, 127]],
  ['INT16', 'DT_INT16', 'int_val', [-32768, 32767]],
  ['INT32', 'DT_INT32', 'int_val', [-(2 ** 31), 2 ** 31 - 1]],
  ['INT64', 'DT_INT64', 'int64_val', ['-9223372036854775808', '9007199254740993']],
  ['UINT8', 'DT_UINT8', 'int_val', [0, 255]],
  ['UINT16', 'DT_UINT16', 'int_val', [0, 65535]],
  ['UINT32', 'DT_UINT32', 'uint32_val', [0, 4294967295]],
  ['UINT64', 'DT_UINT64', 'uint64_val', ['0', '18446744073709551615']],
  ['FP16', 'DT_HALF', 'half_val', [0x3c00, 0xfc00]],
  ['BF16', 'DT_BFLOAT16', 'half_val', [0x3f80, 0xff80]],
  ['FP32', 'DT_FLOAT', 'float_val', [0.5, Number.NEGATIVE_INFINITY]],
  ['FP64', 'DT_DOUBLE', 'double_val', [0.1, -1e300]],
  ['BYTES', 'DT_STRING', 'string_val', [Buffer.from('é'), Buffer.from([0, 255])]],
]
for (const [datatype, dtype, field, values] of TYPES) {
  test(`${dtype} comes back as it was sent`, async () => {
    const { model, seen } = echo(datatype)
    await using server = await grpcServer([model])
    const answer = await predicted(
      { model_spec: { name: 'echo' }, inputs: { x: { dtype, tensor_shape: shape(2), [field]: values } } },
      server,
    )
    assert.equal(answer.outputs.y.dtype, dtype)
    assert.deepEqual(answer.outputs.y[field], values)
    assert.equal(seen[0]?.datatype, datatype)
  })
}

test('fewer elements than the shape takes: the last stands for the rest, none for zeros', async () => {
  const { model } = echo('INT64')
  await using server = await grpcServer([model])
  const ask = async (int64_val: readonly number[]) =>
    (await predicted({ model_spec: { name: 'echo' }, inputs: { x: { dtype: 'DT_INT64', tensor_shape: shape(3), int64_val } } }, server))
      .outputs.y.int64_val
  assert.deepEqual(await ask([7]), ['7', '7', '7'])
  assert.deepEqual(await ask([7, 8]), ['7', '8', '8'])
  assert.deepEqual(await ask([]), ['0', '0', '0'])
})

test('only the outputs of output_filter come back', async () => {
  const inputs = {
    a: { dtype: 'DT_FLOAT', tensor_shape: shape(1, 2), float_val: [1, 2] },
    n: { dtype: 'DT_INT64', tensor_shape: shape(1), int64_val: ['4503599627370497'] },
  }
  const all = await predicted({ model_spec: { name: 'mixed' }, inputs })
  assert.deepEqual(Object.keys(all.outputs).sort(), ['b', 'm'])
  const { outputs } = await predicted({ model_spec: { name: 'mixed' }, inputs, output_filter: ['m'] })
  assert.deepEqual(Object.keys(outputs), ['m'])
  assert.deepEqual(outputs.m.int64_val, ['9007199254740994'])
})

const BAD: readonly (readonly [string, object, number, RegExp])[] = [
  ['no model', { inputs: { x: x() } }, status.INVALID_ARGUMENT, /no model_spec.name/],
  ['an unknown model', { model_spec: { name: 'none' }, inputs: {} }, status.NOT_FOUND, /loaded are: mixed, pairs/],
  ['an unknown version', pairs({ x: x() }, { version: { value: 9 } }), status.NOT_FOUND, /no loaded version "9"/],
  ['a label', pairs({ x: x() }, { version_label: 'stable' }), status.NOT_FOUND, /Unrecognized servable version label: "stable"/],
  ['a type without a meaning', pairs({ x: x({ dtype: 'DT_COMPLEX64' }) }), status.INVALID_ARGUMENT, /dtype 8 has no meaning here/],
  ['too many elements', pairs({ x: x({ tensor_shape: shape(1, 2) }) }), status.INVALID_ARGUMENT, /holds 4 elements, but its shape takes 2/],
  [
    'a shape that would fill the memory',
    pairs({ x: x({ tensor_shape: shape(1e9, 1e6) }) }),
    status.INVALID_ARGUMENT,
    /too much to be filled in/,
  ],
  ['an unknown rank', pairs({ x: x({ tensor_shape: { unknown_rank: true } }) }), status.INVALID_ARGUMENT, /unknown rank/],
  [
    'octets of another length',
    pairs({ x: x({ tensor_content: Buffer.alloc(3) }) }),
    status.INVALID_ARGUMENT,
    /takes 16 bytes, but the length of its tensor_content is 3/,
  ],
  ['an unknown input', pairs({ z: x() }), status.INVALID_ARGUMENT, /"x"/],
]
for (const [what, request, code, says] of BAD)
  test(`${what} is refused, and says why`, async () => {
    const error: Message = await predicted(request).then(
      () => assert.fail('it was answered'),
      (reason) => reason,
    )
    assert.equal(error.code, code, error.details)
    assert.match(error.details, says)
  })

test('the signature and the status of a model are told', async () => {
  await using server = await grpcServer([PAIRS])
  const { call } = server.stub(PREDICTION)
  const { metadata } = await call('GetModelMetadata', { model_spec: { name: 'pairs' }, metadata_field: ['signature_def'] })
  assert.equal(metadata.signature_def.type_url, 'type.googleapis.com/tensorflow.serving.SignatureDefMap')
  assert.match(metadata.signature_def.value.toString('latin1'), /serving_default.*tensorflow\/serving\/predict/s)
  await assert.rejects(call('GetModelMetadata', { model_spec: { name: 'pairs' } }), { code: status.INVALID_ARGUMENT })
  const models = server.stub('tensorflow.serving.ModelService')
  const { model_version_status } = await models.call('GetModelStatus', { model_spec: { name: 'pairs' } })
  assert.deepEqual(model_version_status, [{ version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }])
  await assert.rejects(models.call('GetModelStatus', { model_spec: { name: 'none' } }), { code: status.NOT_FOUND })
})
