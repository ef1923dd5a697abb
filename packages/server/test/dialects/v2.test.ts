import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXTENSIONS } from '../../src/dialects/about/extensions.ts'
import { createV2 } from '../../src/dialects/v2.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { MIXED, PAIRS } from '../support/revision.ts'

let ready = true
const setUp: DialectSetUp = {
  models: [PAIRS, { ...PAIRS, version: '2' }, MIXED],
  create: (deps) => createV2({ ...deps, server: { name: 'slipway', version: '1.2.3' }, ready: () => ready }),
}
const url = '/v2/models/pairs/infer'
const x = (extra: object = {}) => ({ name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4.5], ...extra })
const body = (inputs: readonly object[], extra: object = {}) => JSON.stringify({ inputs, ...extra })
const y = { name: 'y', datatype: 'FP32', shape: [2, 2], data: [2, 4, 6, 9] }
const answer = { model_name: 'pairs', model_version: '2', outputs: [y] }

/** A body of JSON and octets, and the header that parts them. */
function binary(json: object, octets: Uint8Array) {
  const head = Buffer.from(JSON.stringify(json))
  return { headers: { 'inference-header-content-length': String(head.byteLength) }, body: Buffer.concat([head, octets]) }
}
const octets = Buffer.from(Float32Array.of(1, 2, 3, 4.5).buffer)
const binaryX = x({ data: undefined, parameters: { binary_data_size: 16 } })

testDialect('v2', setUp, {
  errorText: (response) => {
    const parsed = JSON.parse(bodyText(response))
    assert.deepEqual(Object.keys(parsed), ['error'])
    return parsed.error
  },
  good: [
    { name: 'flat data', request: { target: url, body: body([x()]) }, answer },
    {
      name: 'nested data',
      request: {
        target: url,
        body: body([
          x({
            data: [
              [1, 2],
              [3, 4.5],
            ],
          }),
        ]),
      },
      answer,
    },
    { name: 'the id is given back', request: { target: url, body: body([x()], { id: 'a-1' }) }, answer: { ...answer, id: 'a-1' } },
    {
      name: 'a pinned version answers',
      request: { target: '/v2/models/pairs/versions/1/infer', body: body([x()]) },
      answer: { ...answer, model_version: '1' },
    },
    {
      name: 'a version pinned by header answers',
      request: { target: url, headers: { 'x-slipway-version': '1' }, body: body([x()]) },
      answer: { ...answer, model_version: '1' },
    },
    {
      name: 'binary in, JSON out',
      request: { target: url, ...binary({ inputs: [binaryX] }, octets) },
      answer,
    },
    {
      name: 'binary in and out',
      request: { target: url, ...binary({ inputs: [binaryX], parameters: { binary_data_output: true } }, octets) },
      answer: (response: { readonly headers: Readonly<Record<string, string>>; readonly body: unknown }) => {
        const bytes = Buffer.from(response.body as Uint8Array)
        const length = Number(response.headers['inference-header-content-length'])
        const { outputs } = JSON.parse(bytes.toString('utf8', 0, length))
        assert.deepEqual(outputs, [{ name: 'y', datatype: 'FP32', shape: [2, 2], parameters: { binary_data_size: 16 } }])
        assert.deepEqual(new Float32Array(Uint8Array.from(bytes.subarray(length)).buffer), Float32Array.of(2, 4, 6, 9))
        assert.equal(response.headers['content-type'], 'application/octet-stream')
      },
    },
    {
      name: 'the raw single tensor',
      request: { target: url, headers: { 'inference-header-content-length': '0' }, body: octets.subarray(0, 8) },
      answer: (response: { readonly body: unknown }) =>
        assert.deepEqual([...Buffer.from(response.body as Uint8Array).subarray(-8)], [...Buffer.from(Float32Array.of(2, 4).buffer)]),
    },
    {
      name: '64-bit integers are exact both ways',
      request: {
        target: '/v2/models/mixed/infer',
        body: '{"inputs":[{"name":"a","datatype":"FP32","shape":[1,2],"data":[1,2]},{"name":"n","datatype":"INT64","shape":[1],"data":[4503599627370497]}],"outputs":[{"name":"m"}]}',
      },
      answer: (response: { readonly body: unknown }) =>
        assert.match(Buffer.from(response.body as Uint8Array).toString(), /"data":\[9007199254740994\]/),
    },
  ],
  bad: [
    {
      name: 'an unknown model',
      request: { target: '/v2/models/none/infer', body: body([x()]) },
      status: 404,
      says: /loaded are: mixed, pairs/,
    },
    {
      name: 'an unknown version',
      request: { target: '/v2/models/pairs/versions/9/infer', body: body([x()]) },
      status: 404,
      says: /loaded are: 1, 2/,
    },
    { name: 'a wrong name', request: { target: url, body: body([x({ name: 'z' })]) }, status: 400, says: /"x".*the request has "z"/ },
    {
      name: 'a wrong datatype',
      request: { target: url, body: body([x({ datatype: 'FP64' })]) },
      status: 400,
      says: /expected datatype FP32, got FP64/,
    },
    { name: 'a datatype that is none', request: { target: url, body: body([x({ datatype: 'FLOAT' })]) }, status: 400 },
    {
      name: 'a wrong shape',
      request: { target: url, body: body([x({ shape: [4, 1] })]) },
      status: 400,
      says: /expected shape \[-1, 2\], got \[4, 1\]/,
    },
    { name: 'too little data', request: { target: url, body: body([x({ data: [1, 2, 3] })]) }, status: 400 },
    { name: 'a negative dimension', request: { target: url, body: body([x({ shape: [-1, 2] })]) }, status: 400 },
    { name: 'binary data one octet short', request: { target: url, ...binary({ inputs: [binaryX] }, octets.subarray(1)) }, status: 400 },
    {
      name: 'an output that is not there',
      request: { target: url, body: body([x()], { outputs: [{ name: 'q' }] }) },
      status: 400,
      says: /has no output "q"/,
    },
    { name: 'a method of another route', request: { method: 'GET', target: url }, status: 405, says: /POST/ },
  ],
})

const get = async (target: string) => {
  const response = await asker(setUp)({ method: 'GET', target })
  return [response.status, JSON.parse(bodyText(response))]
}

test('the server describes itself, lives, and is ready once every model was seen to', async () => {
  for (const target of ['/v2', '/v2/'])
    assert.deepEqual(await get(target), [200, { name: 'slipway', version: '1.2.3', extensions: EXTENSIONS }])
  assert.deepEqual(await get('/v2/health/live'), [200, { live: true }])
  assert.deepEqual(await get('/v2/health/ready'), [200, { ready: true }])
  ready = false
  assert.deepEqual(await get('/v2/health/ready'), [503, { ready: false }])
  ready = true
})

test('a model describes itself, with all its versions', async () => {
  const described = {
    name: 'pairs',
    versions: ['1', '2'],
    platform: 'onnx_onnxv1',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
  }
  assert.deepEqual(await get('/v2/models/pairs'), [200, described])
  assert.deepEqual(await get('/v2/models/pairs/versions/1'), [200, described])
  assert.deepEqual(await get('/v2/models/pairs/ready'), [200, { name: 'pairs', ready: true }])
  assert.equal((await get('/v2/models/none/ready'))[0], 404)
})
