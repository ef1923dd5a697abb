/** gRPC beside HTTP, through the real command and on both engines: one admission, one set of limits, the same answers. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { needs } from '../../../../scripts/requirement.ts'
import { findBun } from '../../../../scripts/runtimes.ts'
import { FIXTURES, type SlipwayProcess, startSlipway, until } from '../support/e2e/slipway-process.ts'
import { type Message, type Stub, stub } from '../support/grpc.ts'
import { example, serviceOf } from '../support/service.ts'

const SERVICE = 'inference.GRPCInferenceService'
const fixture = (name: string) => join(FIXTURES, `${name}.onnx`)
const PATHS = [example('digits'), fixture('identity-int64'), fixture('slow')]

async function grpcAddress(server: SlipwayProcess): Promise<string> {
  await until(() => /gRPC on \S+/.test(server.printed()), 'the banner to name the port of gRPC')
  return /gRPC on (\S+)/.exec(server.printed())?.[1] as string
}

/** Two distinct pictures, over HTTP and over gRPC. */
async function sameDigits(url: string, { call }: Stub): Promise<void> {
  const pixels = Float32Array.from({ length: 128 }, (_, index) => (index * 7) % 17)
  const input = { name: 'image', datatype: 'FP32', shape: [2, 1, 8, 8] }
  const body = JSON.stringify({ inputs: [{ ...input, data: [...pixels] }] })
  const { outputs } = (await (await fetch(`${url}/v2/models/digits/infer`, { method: 'POST', body })).json()) as Message
  const raw = { model_name: 'digits', inputs: [input], raw_input_contents: [Buffer.from(pixels.buffer)] }
  const answer = await call('ModelInfer', raw)
  const scores = new Float32Array(Uint8Array.from(answer.raw_output_contents[0]).buffer)
  assert.deepEqual([...scores], [...Float32Array.from(outputs[0].data)])
  assert.notDeepEqual(scores.subarray(0, 10), scores.subarray(10))
  const typed = await call('ModelInfer', { model_name: 'digits', inputs: [{ ...input, contents: { fp32_contents: [...pixels] } }] })
  assert.deepEqual(typed.raw_output_contents, answer.raw_output_contents)
}

const slowRows = (rows: number) => ({
  model_name: 'slow',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 4] }],
  raw_input_contents: [Buffer.alloc(rows * 16)],
})

async function serves(engine: string): Promise<void> {
  const server = await startSlipway({ paths: PATHS, engine, env: { SLIPWAY_LIMITS_BODYBYTES: '1MB', SLIPWAY_REPLICAS_COUNT: '1' } })
  try {
    const client = stub(await grpcAddress(server), SERVICE)
    await sameDigits(server.url, client)
    const wide = { model_name: 'identity-int64', inputs: [{ name: 'x', datatype: 'INT64', shape: [1, 4] }] }
    const octets = Buffer.from(BigInt64Array.of(2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n, 0n).buffer)
    assert.deepEqual((await client.call('ModelInfer', { ...wide, raw_input_contents: [octets] })).raw_output_contents, [octets])
    await assert.rejects(client.call('ModelInfer', slowRows(100_000)), { code: status.RESOURCE_EXHAUSTED, details: /1000000 octets/ })
    await assert.rejects(client.call('ModelInfer', slowRows(50), { deadline: 30 }), { code: status.DEADLINE_EXCEEDED })
    const stream = client.client.ModelStreamInfer?.()
    stream.write(slowRows(1))
    await once(stream, 'data')
    const ended = once(stream, 'error')
    const startedAt = performance.now()
    assert.equal(await server.stop(), 0)
    assert.equal((await ended)[0].code, status.UNAVAILABLE)
    assert.ok(performance.now() - startedAt < 10_000, 'an open stream held the server up')
    client.close()
  } finally {
    await server.kill()
  }
}

test('Node answers over gRPC as over HTTP', () => serves(process.execPath))
test('Bun answers over gRPC as over HTTP', needs('bun'), () => serves(findBun() as string))

test('the budget for octets in flight is one for both doors', async () => {
  await using service = await serviceOf([fixture('slow')], { 'limits.inFlightBytes': 1000 })
  const client = stub(service.grpc as string, SERVICE)
  const held = client.call('ModelInfer', slowRows(60))
  let refused: Response | undefined
  while (refused === undefined) {
    const answer = await fetch(`${service.url}/v2/models/slow/infer`, { method: 'POST', body: ' '.repeat(900) })
    if (answer.status === 503) refused = answer
    else assert.equal(answer.status, 400)
  }
  assert.match(await refused.text(), /limits.inFlightBytes is 1000/)
  assert.equal((await held).outputs[0].shape[0], '60')
  client.close()
})

test('gRPC can be turned off', async () => {
  await using service = await serviceOf([fixture('identity-int64')], { grpcPort: 'off' })
  assert.equal(service.grpc, undefined)
})
