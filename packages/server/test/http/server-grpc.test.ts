import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { status } from '@grpc/grpc-js'
import { tensor } from '@slipway/protocol'
import { escapeMessage, parseTimeout } from '../../src/http/server-grpc-wire.ts'
import type { Infer } from '../../src/serving/infer.ts'
import { definitions, type GrpcTest, grpcServer, type Message } from '../support/grpc.ts'
import { PAIRS } from '../support/revision.ts'

const SERVICE = 'inference.GRPCInferenceService'
const INFER = `/${SERVICE}/ModelInfer`
const request = (rows = 1, id = '') => ({
  model_name: 'pairs',
  id,
  inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 2] }],
  raw_input_contents: [Buffer.alloc(rows * 8)],
})
const encoded = (message: object): Buffer => (definitions[SERVICE] as Message).ModelInfer.requestSerialize(message)

/** The message behind its prefix. */
function framed(bytes: Buffer, { packed = 0, length = bytes.byteLength } = {}): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = packed
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, bytes])
}

interface RawAnswer {
  readonly status: number
  readonly headers: Message
}

/** A call in bare HTTP/2: these pieces, one after the other; `open` does not end the sending half. */
async function rawCall(server: GrpcTest, pieces: readonly Buffer[], { headers = {}, open = false } = {}): Promise<RawAnswer> {
  const session: ClientHttp2Session = connect(`http://${server.address}`)
  const stream = session.request({ ':method': 'POST', ':path': INFER, 'content-type': 'application/grpc', te: 'trailers', ...headers })
  let seen: Message = {}
  stream.on('response', (found) => {
    seen = { ...seen, ...found }
  })
  stream.on('trailers', (found) => {
    seen = { ...seen, ...found }
  })
  for (const piece of pieces) {
    stream.write(piece)
    // Each in a frame of its own.
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (!open) stream.end()
  stream.resume()
  await once(stream, 'end')
  session.destroy()
  return { status: Number(seen['grpc-status']), headers: seen }
}

/** Never answers; tells when it is asked and when the caller has gone. */
function neverending() {
  const asked = Promise.withResolvers<Parameters<Infer>[1]>()
  const infer: Infer = (_, context) => {
    asked.resolve(context)
    return new Promise(() => undefined)
  }
  return { asked: asked.promise, infer }
}

test('a message may come in any pieces, and packed', async () => {
  await using server = await grpcServer([PAIRS])
  const whole = framed(encoded(request()))
  assert.equal((await rawCall(server, [whole])).status, status.OK)
  assert.equal(
    (
      await rawCall(
        server,
        [...whole].map((octet) => Buffer.from([octet])),
      )
    ).status,
    status.OK,
  )
  assert.equal(
    (await rawCall(server, [framed(gzipSync(encoded(request())), { packed: 1 })], { headers: { 'grpc-encoding': 'gzip' } })).status,
    status.OK,
  )
})

test('what is no message is refused in gRPC’s words', async () => {
  await using server = await grpcServer([PAIRS])
  const message = encoded(request())
  const cases: readonly (readonly [readonly Buffer[], object, number, RegExp])[] = [
    [[], {}, status.INVALID_ARGUMENT, /takes one message, and none came/],
    [[framed(message).subarray(0, 20)], {}, status.INVALID_ARGUMENT, /in the middle of a message/],
    [[framed(message).subarray(0, 3)], {}, status.INVALID_ARGUMENT, /in the middle of a message/],
    [[framed(message, { packed: 7 })], {}, status.INVALID_ARGUMENT, /starts with the octet 7/],
    [[framed(message, { packed: 1 })], { 'grpc-encoding': 'snappy' }, status.UNIMPLEMENTED, /takes gzip, deflate/],
    [[framed(message, { packed: 1 })], { 'grpc-encoding': 'gzip' }, status.INVALID_ARGUMENT, /no valid gzip data/],
    [
      [framed(gzipSync(Buffer.alloc(2 << 20)), { packed: 1 })],
      { 'grpc-encoding': 'gzip' },
      status.RESOURCE_EXHAUSTED,
      /larger than 1048576 octets/,
    ],
    [[framed(Buffer.from([0xff, 0xff, 0xff]))], {}, status.INVALID_ARGUMENT, /no valid inference.ModelInferRequest/],
    [[framed(message)], { 'grpc-timeout': 'soon' }, status.INVALID_ARGUMENT, /grpc-timeout must be/],
    [[framed(message)], { ':path': '/inference.None/Infer' }, status.UNIMPLEMENTED, /the services are inference.GRPCInferenceService/],
  ]
  for (const [pieces, headers, code, says] of cases) {
    const answer = await rawCall(server, pieces, { headers })
    assert.equal(answer.status, code, answer.headers['grpc-message'])
    assert.match(decodeURIComponent(answer.headers['grpc-message']), says)
  }
  assert.equal(server.admission.bytesInFlight, 0)
})

test('who does not speak gRPC is told so in HTTP’s words', async () => {
  await using server = await grpcServer([PAIRS])
  assert.equal((await rawCall(server, [], { headers: { 'content-type': 'application/json' } })).headers[':status'], 415)
  assert.equal((await rawCall(server, [], { headers: { ':method': 'PUT' } })).headers[':status'], 405)
})

test('a message past the limit is refused by its prefix, before the rest of it has come', async () => {
  await using server = await grpcServer([PAIRS])
  const answer = await rawCall(server, [framed(Buffer.alloc(10), { length: 64 << 20 })], { open: true })
  assert.equal(answer.status, status.RESOURCE_EXHAUSTED)
  const { call } = server.stub(SERVICE)
  await assert.rejects(call('ModelInfer', request(200_000)), { code: status.RESOURCE_EXHAUSTED, details: /limits.bodyBytes/ })
  const { raw_output_contents } = await call('ModelInfer', request(100_000))
  assert.equal(raw_output_contents[0].byteLength, 800_000)
})

test('octets in flight are held against the budget by the prefix, and given back when the caller goes', async () => {
  await using server = await grpcServer([PAIRS], { messageLimitBytes: 8 << 20 })
  const session = connect(`http://${server.address}`)
  session.on('error', () => undefined)
  const stream = session.request({ ':method': 'POST', ':path': INFER, 'content-type': 'application/grpc', te: 'trailers' })
  stream.on('error', () => undefined)
  stream.write(framed(Buffer.alloc(1), { length: 4 << 20 }))
  const { call } = server.stub(SERVICE)
  // Until the prefix has arrived, another call is answered.
  for (;;)
    if (
      await call('ServerLive', {}).then(
        () => server.admission.bytesInFlight === 4 << 20,
        () => true,
      )
    )
      break
  await assert.rejects(call('ModelInfer', request()), { code: status.UNAVAILABLE, details: /limits.inFlightBytes is 4194304/ })
  session.destroy()
  for (;;)
    if (
      await call('ModelInfer', request()).then(
        () => true,
        () => false,
      )
    )
      break
  assert.equal(server.admission.bytesInFlight, 0)
})

test('a message that does not come within the deadline is given up', async () => {
  await using server = await grpcServer([PAIRS])
  const answer = await rawCall(server, [framed(Buffer.alloc(10), { length: 100 })], { headers: { 'grpc-timeout': '20m' }, open: true })
  assert.equal(answer.status, status.DEADLINE_EXCEEDED)
  assert.equal((await rawCall(server, [], { headers: { 'grpc-timeout': '20m' }, open: true })).status, status.DEADLINE_EXCEEDED)
})

test('the caller’s deadline reaches the model, and never more than the server allows', async () => {
  const { asked, infer } = neverending()
  await using server = await grpcServer([{ ...PAIRS, infer }])
  const now = performance.now()
  const answered = server.stub(SERVICE).call('ModelInfer', request(), { deadline: 300 })
  const { deadline } = await asked
  assert.ok(deadline > now && deadline <= now + 400, `${deadline - now} ms`)
  await assert.rejects(answered, { code: status.DEADLINE_EXCEEDED })
  const patient = neverending()
  await using other = await grpcServer([{ ...PAIRS, infer: patient.infer }], { deadlineMs: 1000 })
  const call = other.stub(SERVICE).client.ModelInfer?.(request(), { deadline: Date.now() + 60_000 }, () => undefined)
  const context = await patient.asked
  assert.ok(context.deadline <= performance.now() + 1000)
  call.cancel()
})

test('a cancelled call is told to the model', async () => {
  const { asked, infer } = neverending()
  await using server = await grpcServer([{ ...PAIRS, infer }])
  const cancelled = new Promise((resolve) => {
    const call = server.stub(SERVICE).client.ModelInfer?.(request(), (error: Message) => resolve(error.code))
    void asked.then(() => call.cancel())
  })
  const { signal } = await asked
  while (!signal.aborted) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(await cancelled, status.CANCELLED)
})

test('a stream answers in order, many at once, and goes on after a failure', async () => {
  let under = 0
  let most = 0
  const waiting: (() => void)[] = []
  const infer: Infer = async ({ id }) => {
    under += 1
    most = Math.max(most, under)
    if (id === '0') await new Promise<void>((resolve) => waiting.push(resolve))
    else if (id === '19') waiting[0]?.()
    under -= 1
    return {
      model: 'pairs',
      version: '1',
      outputs: new Map([['y', tensor('FP32', [1, 2], new Float32Array(2))]]),
      phases: {},
      rows: 1,
      batchRows: 1,
      ...(id === undefined ? {} : { id }),
    }
  }
  await using server = await grpcServer([{ ...PAIRS, infer }])
  const stream = server.stub(SERVICE).client.ModelStreamInfer?.()
  const seen: string[] = []
  stream.on('data', ({ error_message, infer_response }: Message) =>
    seen.push(`${infer_response.id}${error_message === '' ? '' : ' failed'}`),
  )
  for (let id = 0; id < 20; id++) stream.write(id === 7 ? { ...request(1, '7'), model_name: 'none' } : request(1, String(id)))
  stream.end()
  await once(stream, 'end')
  assert.deepEqual(
    seen,
    Array.from({ length: 20 }, (_, id) => (id === 7 ? '7 failed' : String(id))),
  )
  assert.ok(most > 1, `${most} at once`)
  assert.equal(server.admission.bytesInFlight, 0)
})

test('a failure ends the stream with its status when its caller asks for that', async () => {
  await using server = await grpcServer([PAIRS])
  const { client } = server.stub(SERVICE)
  const { Metadata } = await import('@grpc/grpc-js')
  const metadata = new Metadata()
  metadata.set('triton_grpc_error', 'true')
  const stream = client.ModelStreamInfer?.(metadata)
  stream.resume()
  stream.write({ ...request(), model_name: 'none' })
  const [error] = await once(stream, 'error')
  assert.equal(error.code, status.NOT_FOUND)
})

test('open streams are ended when the server stops, without waiting for their callers', async () => {
  const server = await grpcServer([PAIRS])
  const stream = server.stub(SERVICE).client.ModelStreamInfer?.()
  stream.write(request())
  await once(stream, 'data')
  const ended = once(stream, 'error')
  const startedAt = performance.now()
  await server[Symbol.asyncDispose]()
  assert.equal((await ended)[0].code, status.UNAVAILABLE)
  assert.ok(performance.now() - startedAt < 900)
})

test('mutated messages are answered or refused, and never an inner failure', async () => {
  await using server = await grpcServer([PAIRS])
  const session = connect(`http://${server.address}`)
  const good = encoded({ ...request(1, 'id'), parameters: { a: { int64_param: '1' } }, outputs: [{ name: 'y' }] })
  let seed = 7
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const counts = new Map<string, number>()
  for (let round = 0; round < 400; round++) {
    const bytes = Buffer.from(good.subarray(0, round % 5 === 0 ? random(good.byteLength) : good.byteLength))
    for (let change = 0; change <= random(3); change++) if (bytes.byteLength > 0) bytes[random(bytes.byteLength)] = random(256)
    const stream = session.request({ ':method': 'POST', ':path': INFER, 'content-type': 'application/grpc', te: 'trailers' })
    const told = new Promise<string>((resolve) => {
      stream.on('response', (headers) => headers['grpc-status'] !== undefined && resolve(String(headers['grpc-status'])))
      stream.on('trailers', (headers) => resolve(String(headers['grpc-status'])))
    })
    stream.end(framed(bytes))
    stream.resume()
    const code = await told
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  session.destroy()
  assert.deepEqual(
    [...counts.keys()].filter((code) => !['0', '3', '5'].includes(code)),
    [],
    JSON.stringify([...counts]),
  )
  assert.ok((counts.get('0') ?? 0) > 0 && (counts.get('3') ?? 0) > 0)
})

test('timeouts are read in every unit', () => {
  assert.deepEqual(['2H', '1M', '3S', '250m', '5u', '7n', undefined].map(parseTimeout), [
    7_200_000,
    60_000,
    3000,
    250,
    0.005,
    7e-6,
    undefined,
  ])
  for (const wrong of ['', '5', 'm', '-1S', '1.5S', '123456789m', '1h']) assert.throws(() => parseTimeout(wrong), /grpc-timeout/)
})

test('messages are escaped as gRPC has it, and stay short', () => {
  assert.equal(escapeMessage('a "b" [1, 2]: 100% é\n'), 'a "b" [1, 2]: 100%25 %C3%A9%0A')
  assert.ok(escapeMessage('漢'.repeat(5000)).length <= 6100)
  assert.equal(decodeURIComponent(escapeMessage('~!@#$^&*()_+`-={}|[]\\:";<>?,./')), '~!@#$^&*()_+`-={}|[]\\:";<>?,./')
})
