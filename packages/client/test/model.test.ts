import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Signature } from '@slipway/protocol'
import { Slipway, type SlipwayOptions } from '../src/slipway.ts'
import { SlipwayError } from '../src/slipway-error.ts'
import { FakeClock } from './support/fake-clock.ts'
import { answer, inTurn, startTestServer } from './support/test-server.ts'
import { ECHO, v2 } from './support/v2-behaviour.ts'

const echo = (url: string, options: SlipwayOptions = {}) => new Slipway(url, options).model('echo')

for (const binary of [true, false])
  test(`tensors of every datatype come back as they were sent, ${binary ? 'as octets' : 'as JSON'}`, async () => {
    await using server = await startTestServer(v2(ECHO))
    const sent = {
      bool: { datatype: 'BOOL', shape: [2], data: [true, false] },
      u8: { datatype: 'UINT8', shape: [2], data: new Uint8Array([0, 255]) },
      u16: { datatype: 'UINT16', shape: [1], data: new Uint16Array([65535]) },
      u32: { datatype: 'UINT32', shape: [1], data: [4294967295] },
      u64: { datatype: 'UINT64', shape: [2], data: [2n ** 64n - 1n, 0] },
      i8: { datatype: 'INT8', shape: [1], data: new Int8Array([-128]) },
      i16: { datatype: 'INT16', shape: [1], data: [-32768] },
      i32: { datatype: 'INT32', shape: [1, 1], data: [[-2147483648]] },
      i64: { datatype: 'INT64', shape: [1], data: new BigInt64Array([-(2n ** 63n)]) },
      f16: { datatype: 'FP16', shape: [3], data: [1.5, Number.NaN, -0] },
      bf16: { datatype: 'BF16', shape: [1], data: [Number.NEGATIVE_INFINITY] },
      f32: {
        datatype: 'FP32',
        shape: [2, 2],
        data: [
          [0.1, 3.4028234663852886e38],
          [Number.NaN, -0],
        ],
      },
      f64: { datatype: 'FP64', shape: [1], data: new Float64Array([0.1]) },
      text: { datatype: 'BYTES', shape: [2], data: ['é\u0000', ''] },
      none: { datatype: 'FP32', shape: [0, 4], data: [] },
      scalar: { datatype: 'FP32', shape: [], data: [7] },
    } as const
    const outputs = await echo(server.url, { binary }).predict(sent)
    assert.deepEqual(Object.keys(outputs), Object.keys(sent))
    for (const [name, { datatype, shape }] of Object.entries(sent)) {
      assert.equal(outputs[name]?.datatype, datatype)
      assert.deepEqual(outputs[name]?.shape, shape)
    }
    const data = (name: string) => [...(outputs[name]?.data ?? [])]
    assert.deepEqual(data('bool'), [1, 0])
    assert.deepEqual(data('u64'), [2n ** 64n - 1n, 0n])
    assert.deepEqual(data('i64'), [-(2n ** 63n)])
    assert.deepEqual(data('f16'), [1.5, Number.NaN, -0])
    assert.deepEqual(data('bf16'), [Number.NEGATIVE_INFINITY])
    assert.deepEqual(data('f32'), [Math.fround(0.1), 3.4028234663852886e38, Number.NaN, -0])
    assert.deepEqual(data('f64'), [0.1])
    assert.deepEqual(data('text'), ['é\u0000', ''])
    assert.equal(outputs.scalar?.toNested(), 7)
    const [request] = server.received
    assert.equal(request?.headers['content-type'], binary ? 'application/octet-stream' : 'application/json')
    assert.equal(request?.headers['inference-header-content-length'] !== undefined, binary)
  })

test('octets that are no text come back as octets, whatever the wire', async () => {
  await using server = await startTestServer(v2(ECHO))
  const octets = new Uint8Array([0xff, 0, 0x80])
  for (const binary of [true, false]) {
    const { picture } = await echo(server.url, { binary }).predict({ picture: new Blob([octets], { type: 'image/png' }) })
    assert.ok(picture?.datatype === 'BYTES')
    assert.deepEqual([...(picture.bytes[0] ?? [])], [...octets])
  }
})

test('the signature is asked for once, however many values need it, and shared by calls at the same time', async () => {
  await using server = await startTestServer(v2(ECHO))
  const model = echo(server.url)
  const [first, second] = await Promise.all([model.predict({ rows: [[1, 2, 3, 4]], ids: [5] }), model.predict({ text: 'hé' })])
  assert.deepEqual(first.rows?.toNested(), [[1, 2, 3, 4]])
  assert.deepEqual(first.ids?.toNested(), [5n])
  assert.deepEqual(second.text?.data, ['hé'])
  await model.predict({ rows: [[5, 6, 7, 8]] })
  assert.equal(server.received.filter(({ method }) => method === 'GET').length, 1)
})

test('a refused input makes the signature be asked for again, since the model may have been replaced', async () => {
  await using server = await startTestServer(v2(ECHO))
  const model = echo(server.url)
  await model.predict({ ids: [1] })
  const signature: Signature = { inputs: [{ name: 'ids', datatype: 'FP32', shape: [-1], symbols: [null] }], outputs: [] }
  server.behave(answer(400, { error: 'input "ids": expected FP32, got INT64' }))
  await assert.rejects(model.predict({ ids: [1] }), { code: 'INVALID_ARGUMENT', message: 'input "ids": expected FP32, got INT64' })
  server.behave(v2({ ...ECHO, signature }))
  assert.equal((await model.predict({ ids: [1] })).ids?.datatype, 'FP32')
})

test('one caller that gives up waiting for the signature fails no other', async () => {
  await using server = await startTestServer(v2(ECHO))
  const open = Promise.withResolvers<void>()
  server.behave(async (received, response) => {
    await open.promise
    await v2(ECHO)(received, response)
  })
  const model = echo(server.url)
  const controller = new AbortController()
  const impatient = model.predict({ ids: [1] }, { signal: controller.signal })
  const patient = model.predict({ ids: [2] })
  await server.arrived(1)
  controller.abort()
  await assert.rejects(impatient, (error) => SlipwayError.is(error, 'ABORTED'))
  open.resolve()
  assert.deepEqual((await patient).ids?.toNested(), [2n])
})

test('an answer tells the version, the request, the parameters and where the time went', async () => {
  await using server = await startTestServer(v2(ECHO))
  const clock = new FakeClock()
  const model = new Slipway(server.url, { internals: { clock } }).model('echo', { version: 3 })
  const answered = await model.answer({ rows: new Float32Array(4) }, { id: 'mine', parameters: { sequence: 2n ** 60n } })
  const { outputs: _, parameters, timing, ...rest } = answered
  assert.deepEqual(rest, { model: 'echo', version: '3', id: 'mine', requestId: 'req-7' })
  assert.equal(parameters.sequence, 2n ** 60n)
  assert.deepEqual({ ...timing, phases: { ...timing.phases } }, { phases: { queue: 0.5, infer: 1.25 }, batchRows: 16, totalMs: 0 })
  assert.equal(server.received[0]?.path, '/v2/models/echo/versions/3/infer')
  assert.equal(clock.pending, 0)
})

test('a picture’s media type travels beside it', async () => {
  await using server = await startTestServer(v2(ECHO))
  const { parameters } = await echo(server.url).answer({ image: new Blob(['x'], { type: 'image/jpeg' }) })
  assert.equal(parameters.content_type, 'image/jpeg')
})

test('only the outputs asked for are given', async () => {
  await using server = await startTestServer(v2(ECHO))
  const outputs = await echo(server.url).predict({ rows: new Float32Array(1), more: new Float32Array(1) }, { outputs: ['more'] })
  assert.deepEqual(Object.keys(outputs), ['more'])
})

test('an input named __proto__ is an input like any other', async () => {
  await using server = await startTestServer(v2(ECHO))
  const outputs = await echo(server.url).predict({ ['__proto__']: [1, 2] })
  assert.deepEqual(
    Object.entries(outputs).map(([name, { data }]) => [name, [...data]]),
    [['__proto__', [1, 2]]],
  )
})

test('an answer that is no V2 answer says what is wrong with it and is not asked for again', async () => {
  await using server = await startTestServer(
    answer(200, '{"predictions": [1]}', { 'content-type': 'application/json', 'x-request-id': 'r2' }),
  )
  for (const fault of [
    answer(200, { predictions: [1] }),
    answer(200, 'hello'),
    answer(200, '{"model_name":"m","outputs":[{"name":"y","datatype":"FP32","shape":[2],"data":[1]}]}'),
    answer(200, '{}', { 'inference-header-content-length': '99' }),
  ]) {
    const before = server.received.length
    server.behave(fault)
    const failure = await echo(server.url)
      .predict({ x: new Float32Array(1) })
      .catch((error: unknown) => error)
    assert.ok(SlipwayError.is(failure, 'INTERNAL'), String(failure))
    assert.match(failure.message, /^the server's answer(: inference-header-content-length| is no V2 inference response: ).+/i)
    assert.equal(server.received.length, before + 1)
  }
})

test('a binary answer whose header a browser hides says how to show it', async () => {
  await using server = await startTestServer(answer(200, '{}????', { 'content-type': 'application/octet-stream' }))
  await assert.rejects(echo(server.url).predict({ x: new Float32Array(1) }), /expose it to this origin \(CORS\), or use binary: false$/)
})

test('metadata that is none is refused with what is wrong', async () => {
  await using server = await startTestServer(v2(ECHO))
  for (const [body, message] of [
    [[], /"inputs" is no list/],
    [{ inputs: [{ name: 1 }] }, /inputs\[0\].name is no text/],
    [{ inputs: [{ name: 'x', datatype: 'FLOAT' }] }, /inputs\[0\].datatype is "FLOAT"/],
    [{ inputs: [{ name: 'x', datatype: 'FP32', shape: ['a'] }] }, /inputs\[0\].shape is/],
  ] as const) {
    server.behave(answer(200, body))
    await assert.rejects(echo(server.url).signature(), message)
  }
  server.behave(answer(200, { inputs: [{ name: 'x', datatype: 'FP32', shape: ['-1', '4'] }], outputs: [] }))
  assert.deepEqual((await echo(server.url).signature()).inputs, [{ name: 'x', datatype: 'FP32', shape: [-1, 4], symbols: [null, null] }])
})

test('a call that was retried gives the good answer', async () => {
  await using server = await startTestServer(inTurn(answer(503, { error: 'busy' }), v2(ECHO)))
  const slipway = new Slipway(server.url, { internals: { clock: new FakeClock(5000) } })
  assert.deepEqual((await slipway.model('echo').predict({ x: new Float32Array([3]) })).x?.toNested(), [3])
  assert.equal(slipway.stats.retries, 1)
})
