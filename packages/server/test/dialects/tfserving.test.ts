import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type OutputInfo, tensor, type VersionInfo } from '@slipway/protocol'
import { createTfServing } from '../../src/dialects/tfserving.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { type FakeModel, MIXED, PAIRS } from '../support/revision.ts'

const dimensions = (shape: readonly number[]) => ({ shape, symbols: shape.map((size) => (size < 0 ? 'batch' : null)) })
const output = (name: string, datatype: 'FP32' | 'BYTES', shape: readonly number[], as: OutputInfo['as'] = { kind: 'tensor' }) =>
  ({ name, datatype, ...dimensions(shape), as }) satisfies OutputInfo
const input = (name: string, datatype: 'FP32' | 'INT64' | 'BYTES', shape: readonly number[]) => ({ name, datatype, ...dimensions(shape) })

/** Gives the sum of each flower's two leaves as a score of being large, and as a number. */
const FLOWERS: FakeModel = {
  name: 'flowers',
  inputs: [{ ...input('leaves', 'FP32', [-1, 2]), as: { kind: 'features', names: ['width', 'length'] } }],
  outputs: [output('size', 'FP32', [-1]), output('scores', 'FP32', [-1, 2], { kind: 'scores', labels: ['small', 'large'] })],
  signature: { inputs: [input('leaves', 'FP32', [-1, 2])], outputs: [output('size', 'FP32', [-1]), output('scores', 'FP32', [-1, 2])] },
  infer: async ({ inputs }) => {
    const data = inputs.get('leaves')?.data as Float32Array
    const rows = data.length / 2
    const sizes = Float32Array.from({ length: rows }, (_, row) => (data[2 * row] as number) + (data[2 * row + 1] as number))
    const scores = Float32Array.from({ length: 2 * rows }, (_, index) => (index % 2 === 0 ? 0.25 : (sizes[index >> 1] as number)))
    return {
      model: 'flowers',
      version: '1',
      outputs: new Map([
        ['size', tensor('FP32', [rows], sizes)],
        ['scores', tensor('FP32', [rows, 2], scores)],
      ]),
      phases: { infer: 1 },
      rows,
      batchRows: rows,
    }
  },
}
const texts = (name: string, outputs: readonly string[]): FakeModel => ({
  name,
  signature: { inputs: [input('text', 'BYTES', [-1])], outputs: outputs.map((one) => output(one, 'BYTES', [-1])) },
})

const VERSIONS: Readonly<Record<string, readonly VersionInfo[]>> = {
  pairs: [
    { version: '3', state: 'failed', reason: 'it has no graph', digest: '' },
    { version: '2', state: 'ready', digest: 'sha256:0', loadedAt: '2026-01-01T00:00:00Z' },
    { version: '1', state: 'draining', digest: 'sha256:0' },
  ],
  late: [{ version: '1', state: 'loading', digest: '' }],
}
const setUp: DialectSetUp = {
  models: [
    PAIRS,
    { ...PAIRS, version: '2' },
    MIXED,
    FLOWERS,
    texts('words', ['said']),
    texts('octets', ['said_bytes']),
    texts('both', ['a', 'b_bytes']),
  ],
  create: (deps) => createTfServing({ ...deps, models: () => ['pairs', 'late'], versions: (model) => VERSIONS[model] ?? [] }),
}
const at = (model: string, verb = 'predict') => `/v1/models/${model}:${verb}`
const post = (model: string, body: unknown, verb?: string) => ({
  target: at(model, verb),
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const rows = [
  [1, 2],
  [3, 4.5],
]
const doubled = [
  [2, 4],
  [6, 9],
]
const exactly = (text: string) => (response: { readonly body: unknown }) =>
  assert.equal(Buffer.from(response.body as Uint8Array).toString(), text)

testDialect('tfserving', setUp, {
  statuses: { FAILED_PRECONDITION: 400 },
  errorText: (response) => {
    const parsed = JSON.parse(bodyText(response))
    assert.deepEqual(Object.keys(parsed), ['error'])
    return parsed.error
  },
  good: [
    { name: 'rows', request: post('pairs', { instances: rows }), answer: { predictions: doubled } },
    {
      name: 'rows by the name of the input',
      request: post('pairs', { instances: rows.map((x) => ({ x })) }),
      answer: { predictions: doubled },
    },
    { name: 'columns', request: post('pairs', { inputs: rows }), answer: { outputs: doubled } },
    { name: 'columns by name', request: post('pairs', { inputs: { x: rows } }), answer: { outputs: doubled } },
    {
      name: 'any signature name, and members it does not know',
      request: post('pairs', { signature_name: 'predict_images', instances: rows, parameters: { a: 1 } }),
      answer: { predictions: doubled },
    },
    {
      name: 'several inputs and outputs by row, integers exact',
      request: post('mixed', '{"instances":[{"a":[1,2],"n":4503599627370497},{"n":-2,"a":[3,4]}]}'),
      answer: exactly('{"predictions":[{"b":[2,4],"m":9007199254740994},{"b":[6,8],"m":-4}]}'),
    },
    {
      name: 'several inputs and outputs by column',
      request: post('mixed', { inputs: { a: rows, n: [1, 2] } }),
      answer: { outputs: { b: doubled, m: [2, 4] } },
    },
    {
      name: 'bare NaN and Infinity, read and written',
      request: post('pairs', '{"instances":[[NaN,1],[-Infinity,Infinity]]}'),
      answer: exactly('{"predictions":[[NaN,2],[-Infinity,Infinity]]}'),
    },
    {
      name: 'texts, and octets in base64, answered as text',
      request: post('words', { instances: ['é', { b64: 'aGVsbG8=' }] }),
      answer: { predictions: ['é', 'hello'] },
    },
    {
      name: 'octets that are no text come back in base64',
      request: post('words', { instances: [{ b64: '/wA=' }] }),
      answer: { predictions: [{ b64: '/wA=' }] },
    },
    {
      name: 'an output named _bytes comes back in base64',
      request: post('octets', { instances: ['hello'] }),
      answer: { predictions: [{ b64: 'aGVsbG8=' }] },
    },
    {
      name: 'each output by its own name, in rows and in columns alike',
      request: post('both', { instances: ['hello'] }),
      answer: { predictions: [{ a: 'hello', b_bytes: { b64: 'aGVsbG8=' } }] },
    },
    {
      name: 'a version in the path',
      request: { target: '/v1/models/pairs/versions/1:predict', body: JSON.stringify({ instances: rows }) },
      answer: (response: { readonly headers: Readonly<Record<string, string>> }) =>
        assert.equal(response.headers['x-slipway-model'], 'pairs@1'),
    },
    {
      name: 'a colon that a client has escaped',
      request: { target: '/v1/models/pairs%3Apredict', body: JSON.stringify({ instances: rows }) },
      answer: { predictions: doubled },
    },
    {
      name: 'a content type that tools give to JSON',
      request: { ...post('pairs', { instances: rows }), headers: { 'content-type': 'text/plain;charset=UTF-8' } },
      answer: { predictions: doubled },
    },
    {
      name: 'classify gives labels with scores',
      request: post('flowers', { examples: [{ width: 0.5, length: [1] }, { leaves: [1, 2] }] }, 'classify'),
      answer: {
        results: [
          [
            ['small', 0.25],
            ['large', 1.5],
          ],
          [
            ['small', 0.25],
            ['large', 3],
          ],
        ],
      },
    },
    {
      name: 'regress gives numbers; the context is in every example',
      request: post('flowers', '{"context":{"width":[1]},"examples":[{"length":2},{"length":3.5},{"width":2,"length":NaN}]}', 'regress'),
      answer: exactly('{"results":[3,4.5,NaN]}'),
    },
  ],
  bad: [
    { name: 'an unknown model', request: post('none', { instances: rows }), status: 404, says: /loaded are: / },
    {
      name: 'an unknown version',
      request: { target: '/v1/models/pairs/versions/9:predict', body: '{}' },
      status: 404,
      says: /loaded are: 1, 2/,
    },
    {
      name: 'a label',
      request: { target: '/v1/models/pairs/labels/stable:predict', body: JSON.stringify({ instances: rows }) },
      status: 404,
      says: /Unrecognized servable version label: "stable".*versions: 3, 2, 1/,
    },
    { name: 'both forms', request: post('pairs', { instances: rows, inputs: rows }), status: 400, says: /both "instances" and "inputs"/ },
    { name: 'neither form', request: post('pairs', { data: rows }), status: 400, says: /neither "instances" nor "inputs"/ },
    { name: 'no rows', request: post('pairs', { instances: [] }), status: 400, says: /no instances/ },
    { name: 'rows that are no array', request: post('pairs', { instances: 7 }), status: 400, says: /must be an array/ },
    { name: 'rows of another width', request: post('pairs', { instances: [[1, 2, 3]] }), status: 400, says: /takes 2 elements/ },
    { name: 'uneven rows', request: post('pairs', { instances: [[1, 2], [3]] }), status: 400 },
    {
      name: 'a word among numbers',
      request: post('pairs', { instances: [[1, 'two']] }),
      status: 400,
      says: /element 1 is the string "two"/,
    },
    { name: 'a number past FP32', request: post('pairs', '{"instances":[[1,1e39]]}'), status: 400 },
    { name: 'a body that is no object', request: post('pairs', rows), status: 400, says: /must be a JSON object/ },
    { name: 'a key twice', request: post('pairs', '{"instances":[[1,2]],"instances":[[1,2]]}'), status: 400, says: /there twice/ },
    {
      name: 'a signature name that is no text',
      request: post('pairs', { signature_name: 1, instances: rows }),
      status: 400,
      says: /signature_name/,
    },
    { name: 'a missing input', request: post('mixed', { instances: [{ a: [1, 2] }] }), status: 400, says: /needs the input "n"/ },
    { name: 'an unknown input', request: post('mixed', { inputs: { q: 1 } }), status: 400, says: /no input "q"/ },
    {
      name: 'an unknown content type',
      request: { ...post('pairs', { instances: rows }), headers: { 'content-type': 'text/csv' } },
      status: 415,
      says: /application\/json/,
    },
    {
      name: 'classify without scores',
      request: post('pairs', { examples: [{ x: [1, 2] }] }, 'classify'),
      status: 400,
      says: /no output of scores/,
    },
    {
      name: 'regress without a number a row',
      request: post('pairs', { examples: [{ x: [1, 2] }] }, 'regress'),
      status: 400,
      says: /"y" \[-1, 2\]/,
    },
    {
      name: 'classify without examples',
      request: post('flowers', { instances: [] }, 'classify'),
      status: 400,
      says: /"examples" must be an array/,
    },
    {
      name: 'an example that is no object',
      request: post('flowers', { examples: [[1]] }, 'classify'),
      status: 400,
      says: /example 0 must be an object/,
    },
    {
      name: 'an unknown feature',
      request: post('flowers', { examples: [{ width: 1, length: 1, hue: 1 }] }, 'regress'),
      status: 400,
      says: /"hue"/,
    },
    { name: 'explain', request: post('pairs', { instances: rows }, 'explain'), status: 501, says: /no explainer/ },
    { name: 'a verb that is none', request: post('pairs', { instances: rows }, 'guess'), status: 404 },
    { name: 'predict without its method', request: { method: 'GET', target: at('pairs') }, status: 405, says: /POST/ },
  ],
})

const get = async (target: string) => {
  const response = await asker(setUp)({ method: 'GET', target })
  return [response.status, JSON.parse(bodyText(response))]
}
const failed = { version: '3', state: 'END', status: { error_code: 'FAILED_PRECONDITION', error_message: 'it has no graph' } }
const available = { version: '2', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }
const unloading = { version: '1', state: 'UNLOADING', status: { error_code: 'OK', error_message: '' } }

test('tfserving: the models are listed as KServe does', async () => {
  assert.deepEqual(await get('/v1/models'), [200, { models: ['late', 'pairs'] }])
})

test('tfserving: the status of a model answers both clients', async () => {
  assert.deepEqual(await get('/v1/models/pairs'), [
    200,
    { name: 'pairs', ready: true, model_version_status: [failed, available, unloading] },
  ])
  const [status, body] = await get('/v1/models/none')
  assert.equal(status, 404)
  assert.match(body.error, /no model "none"/)
})

test('tfserving: a model that is being loaded is not ready, and says so', async () => {
  const [status, body] = await get('/v1/models/late')
  assert.equal(status, 503)
  assert.match(body.error, /"late" is not loaded/)
  assert.equal(body.ready, false)
  assert.deepEqual(body.model_version_status, [{ version: '1', state: 'LOADING', status: { error_code: 'OK', error_message: '' } }])
})

test('tfserving: the status of one version is told whatever it is', async () => {
  assert.deepEqual(await get('/v1/models/pairs/versions/3'), [200, { name: 'pairs', ready: false, model_version_status: [failed] }])
  assert.deepEqual(await get('/v1/models/pairs/versions/2'), [200, { name: 'pairs', ready: true, model_version_status: [available] }])
  assert.match((await get('/v1/models/pairs/versions/8'))[1].error, /version "8" of model "pairs"; its versions are: 3, 2, 1/)
  assert.equal((await get('/v1/models/pairs/labels/canary'))[0], 404)
})

test('tfserving: metadata holds the signature in the words of TensorFlow', async () => {
  const info = (name: string, dtype: string, ...sizes: string[]) => ({
    dtype,
    tensor_shape: { dim: sizes.map((size) => ({ size, name: '' })), unknown_rank: false },
    name: `${name}:0`,
  })
  const serving_default = {
    inputs: { a: info('a', 'DT_FLOAT', '-1', '2'), n: info('n', 'DT_INT64', '-1') },
    outputs: { b: info('b', 'DT_FLOAT', '-1', '2'), m: info('m', 'DT_INT64', '-1') },
    method_name: 'tensorflow/serving/predict',
    defaults: {},
  }
  const described = {
    model_spec: { name: 'mixed', signature_name: '', version: '1' },
    metadata: { signature_def: { signature_def: { serving_default } } },
  }
  assert.deepEqual(await get('/v1/models/mixed/metadata'), [200, described])
  assert.deepEqual(await get('/v1/models/mixed/versions/1/metadata'), [200, described])
  assert.equal((await get('/v1/models/mixed/labels/x/metadata'))[0], 404)
})
