import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Metadata, status } from '@grpc/grpc-js'
import { DATATYPES, type Datatype, ERROR_CODES, type ErrorCode, ServeError } from '@slipway/protocol'
import { type GrpcTest, grpcServer, type Message } from '../../support/grpc.ts'
import { type FakeModel, failing, MIXED, PAIRS } from '../../support/revision.ts'

const SERVICE = 'inference.GRPCInferenceService'

/** Gives its input back, whatever its datatype. */
const echo = (datatype: Datatype): FakeModel => ({
  name: `echo-${datatype}`,
  signature: {
    inputs: [{ name: 'x', datatype, shape: [-1], symbols: ['n'] }],
    outputs: [{ name: 'y', datatype, shape: [-1], symbols: ['n'] }],
  },
  infer: async ({ inputs, id }) => ({
    model: `echo-${datatype}`,
    version: '1',
    outputs: new Map([['y', [...inputs.values()][0] as never]]),
    phases: {},
    rows: 1,
    batchRows: 1,
    ...(id === undefined ? {} : { id }),
  }),
})

const floats = (...values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer)
const pairs = (extra: object = {}, input: object = {}) => ({
  model_name: 'pairs',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 2], ...input }],
  ...extra,
})
const raw = [floats(1, 2, 3, 4.5)]

async function refusal(call: Promise<unknown>, code: number): Promise<string> {
  const error: Message = await call.then(
    () => assert.fail('it was answered'),
    (reason) => reason,
  )
  assert.equal(error.code, code, error.message)
  return error.details
}

async function asked(request: object, server?: GrpcTest): Promise<Message> {
  await using own = server === undefined ? await grpcServer([PAIRS, MIXED]) : undefined
  return await (server ?? (own as GrpcTest)).stub(SERVICE).call('ModelInfer', request)
}

test('raw contents are answered raw, with the id and the version', async () => {
  const answer = await asked(pairs({ id: 'a-1', raw_input_contents: raw }))
  assert.equal(answer.model_name, 'pairs')
  assert.equal(answer.model_version, '1')
  assert.equal(answer.id, 'a-1')
  assert.deepEqual(
    answer.outputs.map(({ name, datatype, shape }: Message) => ({ name, datatype, shape })),
    [{ name: 'y', datatype: 'FP32', shape: ['2', '2'] }],
  )
  assert.deepEqual(answer.raw_output_contents, [floats(2, 4, 6, 9)])
})

test('typed contents are answered as raw contents are', async () => {
  const answer = await asked(pairs({}, { contents: { fp32_contents: [1, 2, 3, 4.5] } }))
  assert.deepEqual(answer.raw_output_contents, [floats(2, 4, 6, 9)])
})

const TYPED: Partial<Record<Datatype, readonly [field: string, values: readonly unknown[], raw: Buffer]>> = {
  BOOL: ['bool_contents', [true, false, true], Buffer.from([1, 0, 1])],
  INT8: ['int_contents', [-128, 0, 127], Buffer.from(Int8Array.of(-128, 0, 127).buffer)],
  INT16: ['int_contents', [-32768, 32767], Buffer.from(Int16Array.of(-32768, 32767).buffer)],
  INT32: ['int_contents', [-(2 ** 31), 2 ** 31 - 1], Buffer.from(Int32Array.of(-(2 ** 31), 2 ** 31 - 1).buffer)],
  INT64: [
    'int64_contents',
    ['-9223372036854775808', '9007199254740993'],
    Buffer.from(BigInt64Array.of(-(2n ** 63n), 9007199254740993n).buffer),
  ],
  UINT8: ['uint_contents', [0, 255], Buffer.from([0, 255])],
  UINT16: ['uint_contents', [0, 65535], Buffer.from(Uint16Array.of(0, 65535).buffer)],
  UINT32: ['uint_contents', [0, 4294967295], Buffer.from(Uint32Array.of(0, 4294967295).buffer)],
  UINT64: ['uint64_contents', ['18446744073709551615'], Buffer.from(BigUint64Array.of(2n ** 64n - 1n).buffer)],
  FP32: ['fp32_contents', [0.1, -1e30, Number.POSITIVE_INFINITY], floats(0.1, -1e30, Number.POSITIVE_INFINITY)],
  FP64: ['fp64_contents', [0.1, -1e300], Buffer.from(Float64Array.of(0.1, -1e300).buffer)],
  BYTES: ['bytes_contents', [Buffer.from('é'), Buffer.from([0, 255])], Buffer.from([2, 0, 0, 0, 0xc3, 0xa9, 2, 0, 0, 0, 0, 255])],
}

for (const datatype of DATATYPES) {
  test(`${datatype} comes back as it was sent`, async () => {
    await using server = await grpcServer([echo(datatype)])
    const [field, values, octets] = TYPED[datatype] ?? [undefined, [1, 2, 3], Buffer.from([1, 2, 3, 4, 5, 6])]
    const input = { name: 'x', datatype, shape: [values.length] }
    const request = { model_name: `echo-${datatype}`, inputs: [input], raw_input_contents: [octets] }
    assert.deepEqual((await asked(request, server)).raw_output_contents, [octets])
    if (field !== undefined) {
      const typed = { model_name: `echo-${datatype}`, inputs: [{ ...input, contents: { [field]: values } }] }
      assert.deepEqual((await asked(typed, server)).raw_output_contents, [octets])
    } else {
      const typed = { model_name: `echo-${datatype}`, inputs: [{ ...input, contents: { fp32_contents: [1, 2, 3] } }] }
      assert.match(await refusal(asked(typed, server), status.INVALID_ARGUMENT), /no typed contents; send raw_input_contents/)
    }
  })
}

test('outputs come in the order asked for', async () => {
  const inputs = [
    { name: 'a', datatype: 'FP32', shape: [1, 2], contents: { fp32_contents: [1, 2] } },
    { name: 'n', datatype: 'INT64', shape: [1], contents: { int64_contents: ['4503599627370497'] } },
  ]
  const { outputs, raw_output_contents } = await asked({ model_name: 'mixed', inputs, outputs: [{ name: 'm' }, { name: 'b' }] })
  assert.deepEqual(
    outputs.map(({ name }: Message) => name),
    ['m', 'b'],
  )
  assert.deepEqual(raw_output_contents, [Buffer.from(BigInt64Array.of(9007199254740994n).buffer), floats(2, 4)])
})

test('parameters reach the model with their kinds', async () => {
  let seen: unknown
  await using server = await grpcServer([
    {
      ...PAIRS,
      infer: async ({ parameters, inputs }) => {
        seen = Object.fromEntries(parameters ?? [])
        return {
          model: 'pairs',
          version: '1',
          outputs: new Map([['y', inputs.get('x') as never]]),
          phases: {},
          rows: 2,
          batchRows: 2,
          parameters: parameters ?? new Map(),
        }
      },
    },
  ])
  const parameters = {
    flag: { bool_param: true },
    count: { int64_param: '-7' },
    large: { uint64_param: '18446744073709551615' },
    text: { string_param: 'é' },
    half: { double_param: 0.5 },
  }
  const answer = await asked(pairs({ raw_input_contents: raw, parameters }), server)
  assert.deepEqual(seen, { flag: true, count: -7, large: 18446744073709551615n, text: 'é', half: 0.5 })
  assert.deepEqual(Object.keys(answer.parameters).sort(), ['count', 'flag', 'half', 'large', 'text'])
  assert.equal(answer.parameters.large.uint64_param, '18446744073709551615')
  assert.equal(answer.parameters.count.int64_param, '-7')
})

const BAD: readonly (readonly [string, object, number, RegExp])[] = [
  ['an unknown model', { ...pairs({ raw_input_contents: raw }), model_name: 'none' }, status.NOT_FOUND, /loaded are: mixed, pairs/],
  ['an unknown version', pairs({ model_version: '9', raw_input_contents: raw }), status.NOT_FOUND, /loaded are: 1/],
  ['no model', pairs({ model_name: '' }), status.NOT_FOUND, /there is no model ""/],
  ['no inputs', { model_name: 'pairs' }, status.INVALID_ARGUMENT, /needs the input "x"/],
  [
    'too few raw contents',
    { ...pairs({ raw_input_contents: raw }), inputs: [] },
    status.INVALID_ARGUMENT,
    /0 inputs and 1 raw_input_contents/,
  ],
  [
    'raw and typed contents',
    pairs({ raw_input_contents: raw }, { contents: { fp32_contents: [1] } }),
    status.INVALID_ARGUMENT,
    /the one way or the other/,
  ],
  [
    'contents of another field',
    pairs({}, { contents: { int_contents: [1, 2, 3, 4] } }),
    status.INVALID_ARGUMENT,
    /FP32 goes into fp32_contents/,
  ],
  [
    'too few elements',
    pairs({}, { contents: { fp32_contents: [1] } }),
    status.INVALID_ARGUMENT,
    /takes 4 elements, but fp32_contents has 1/,
  ],
  [
    'too few octets',
    pairs({ raw_input_contents: [floats(1)] }),
    status.INVALID_ARGUMENT,
    /takes 16 bytes, but the length of its raw_input_contents is 4/,
  ],
  ['a datatype that is none', pairs({ raw_input_contents: raw }, { datatype: 'FLOAT' }), status.INVALID_ARGUMENT, /"FLOAT" is unknown/],
  [
    'a wrong shape',
    pairs({ raw_input_contents: raw }, { shape: [4, 1] }),
    status.INVALID_ARGUMENT,
    /expected shape \[-1, 2\], got \[4, 1\]/,
  ],
  ['a dimension below zero', pairs({ raw_input_contents: raw }, { shape: [-1, 2] }), status.INVALID_ARGUMENT, /dimension/],
  [
    'an unknown output',
    pairs({ raw_input_contents: raw, outputs: [{ name: 'z' }] }),
    status.INVALID_ARGUMENT,
    /no output "z"; its outputs are "y"/,
  ],
]
for (const [what, request, code, says] of BAD)
  test(`${what} is refused, and says why`, async () => assert.match(await refusal(asked(request), code), says))

test('an element that its datatype does not hold is refused', async () => {
  await using server = await grpcServer([echo('INT8')])
  const request = { model_name: 'echo-INT8', inputs: [{ name: 'x', datatype: 'INT8', shape: [1], contents: { int_contents: [128] } }] }
  assert.match(await refusal(asked(request, server), status.INVALID_ARGUMENT), /element 0 is 128, which INT8 does not hold/)
})

for (const code of [
  'INVALID_ARGUMENT',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
  'FAILED_PRECONDITION',
  'RESOURCE_EXHAUSTED',
] as const satisfies readonly ErrorCode[]) {
  test(`${code} of the model is told with gRPC's number and its text, exactly`, async () => {
    await using server = await grpcServer([{ ...PAIRS, infer: failing(new ServeError(code, 'why: 100 % “é” (a~b)')) }])
    assert.equal(await refusal(asked(pairs({ raw_input_contents: raw }), server), ERROR_CODES[code].grpc), 'why: 100 % “é” (a~b)')
  })
}

test('server, model and version are described', async () => {
  await using server = await grpcServer([PAIRS, { ...PAIRS, version: '2' }])
  const { call } = server.stub(SERVICE)
  assert.deepEqual(await call('ServerLive', {}), { live: true })
  assert.deepEqual(await call('ServerReady', {}), { ready: true })
  assert.deepEqual(await call('ModelReady', { name: 'pairs', version: '2' }), { ready: true })
  const { name, version, extensions } = await call('ServerMetadata', {})
  assert.deepEqual([name, version, extensions.includes('binary_tensor_data')], ['slipway', '1.2.3', true])
  const metadata = await call('ModelMetadata', { name: 'pairs' })
  assert.deepEqual(metadata.versions, ['1', '2'])
  assert.deepEqual(metadata.inputs, [{ name: 'x', datatype: 'FP32', shape: ['-1', '2'] }])
  assert.match(await refusal(call('ModelMetadata', { name: 'none' }), status.NOT_FOUND), /there is no model "none"/)
})

test('the version of x-slipway-version answers, and trailers say who did and how long it took', async () => {
  await using server = await grpcServer([PAIRS, { ...PAIRS, version: '2' }])
  const metadata = new Metadata()
  metadata.set('x-slipway-version', '1')
  metadata.set('x-request-id', 'mine')
  const { client } = server.stub(SERVICE)
  const seen = await new Promise<Message>((resolve, reject) => {
    const headers: Message = {}
    const call = client.ModelInfer?.(pairs({ raw_input_contents: raw }), metadata, (error: unknown) => error && reject(error))
    call.on('metadata', (found: Metadata) => Object.assign(headers, found.getMap()))
    call.on('status', ({ metadata: found }: Message) => resolve({ ...headers, ...found.getMap() }))
  })
  assert.equal(seen['x-request-id'], 'mine')
  assert.equal(seen['x-slipway-model'], 'pairs@1')
  assert.match(seen['server-timing'], /decode;dur=[\d.]+.*infer;dur=[\d.]+;desc="rows=2 of 3".*encode;dur=/)
})
