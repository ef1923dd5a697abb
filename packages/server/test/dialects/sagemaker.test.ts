import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tensor } from '@slipway/protocol'
import { decodeNpy, encodeNpy } from '../../src/dialects/bodies/npy.ts'
import { createMlflow } from '../../src/dialects/mlflow.ts'
import { createSageMaker } from '../../src/dialects/sagemaker.ts'
import type { HttpResponse } from '../../src/http/route.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { type FakeModel, MIXED, PAIRS } from '../support/revision.ts'

let ready = true
const setUp = (...models: readonly FakeModel[]): DialectSetUp => ({
  models,
  create: (deps) => createSageMaker({ ...deps, ready: () => ready, bodyLimitBytes: 64_000_000 }),
})
const PICTURES: FakeModel = {
  ...PAIRS,
  name: 'pictures',
  images: ['x'],
  signature: { ...PAIRS.signature, inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1, 2, 2], symbols: ['batch', null, null, null] }] },
}
const TABLE: FakeModel = {
  ...PAIRS,
  name: 'table',
  inputs: PAIRS.signature.inputs.map((input) => ({ ...input, as: { kind: 'features', names: ['width', 'height'] } })),
}

const target = '/invocations'
const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) => ({
  target,
  headers,
  body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
})
const typed = (type: string, body: unknown, accept?: string) =>
  post(body, { 'content-type': type, ...(accept === undefined ? {} : { accept }) })
const ROWS = [
  [1, 2],
  [3, 4.5],
]
const answer = {
  predictions: [
    [2, 4],
    [6, 9],
  ],
}
const one = { predictions: [[2, 4]] }
const says = (text: string) => (response: HttpResponse) => assert.equal(bodyText(response), text)
const octets = new Uint8Array(Float32Array.of(1, 2, 3, 4.5).buffer)

testDialect('sagemaker', setUp(PAIRS), {
  errorText: (response) => {
    const parsed = JSON.parse(bodyText(response))
    assert.deepEqual(Object.keys(parsed), ['error'])
    return parsed.error
  },
  good: [
    { name: 'rows as a bare array', request: post(ROWS), answer },
    { name: 'one bare row', request: post([1, 2]), answer: one },
    { name: 'instances', request: post({ instances: ROWS }), answer },
    { name: 'instances that call their values features', request: post({ instances: ROWS.map((features) => ({ features })) }), answer },
    { name: 'inputs', request: post({ inputs: ROWS }), answer },
    { name: 'inputs by name, without a word for them', request: post({ x: ROWS }), answer },
    { name: 'one row by name', request: post({ x: [1, 2] }), answer: one },
    { name: 'features of one row', request: post({ features: [1, 2] }), answer: one },
    { name: 'a table without a header', request: typed('text/csv', '1,2\r\n3,4.5\r\n'), answer },
    { name: 'a table that says it has a header', request: typed('text/csv; header=present', 'a,b\n1,2\n3,4.5\n'), answer },
    { name: 'lines of JSON', request: typed('application/jsonlines', '[1,2]\n\n{"features":[3,4.5]}\n'), answer },
    {
      name: 'an array of NumPy in FP64',
      request: typed('application/x-npy', encodeNpy(tensor('FP64', [2, 2], Float64Array.of(1, 2, 3, 4.5)))),
      answer,
    },
    {
      name: 'an array of NumPy that is one row',
      request: typed('application/x-npy', encodeNpy(tensor('INT64', [2], BigInt64Array.of(1n, 2n)))),
      answer: one,
    },
    { name: 'the elements and nothing else', request: typed('application/octet-stream', octets), answer },
    { name: 'a table as the answer', request: typed('text/csv', '1,2\n3,4.5', 'text/csv'), answer: says('2,4\n6,9\n') },
    { name: 'lines as the answer', request: typed('text/csv', '1,2\n3,4.5', 'application/jsonlines'), answer: says('[2,4]\n[6,9]\n') },
    {
      name: 'an array of NumPy as the answer',
      request: typed('application/json', ROWS, 'text/html, application/x-npy;q=0.9'),
      answer: (response: HttpResponse) => {
        assert.equal(response.headers['content-type'], 'application/x-npy')
        assert.deepEqual(decodeNpy(response.body as Uint8Array), tensor('FP32', [2, 2], Float32Array.of(2, 4, 6, 9)))
      },
    },
    {
      name: "the caller's own attributes are given back, and the variant it names is no matter",
      request: post(ROWS, { 'x-amzn-sagemaker-custom-attributes': 'trace=7, b', 'x-amzn-sagemaker-target-variant': 'blue' }),
      answer: ({ headers }: HttpResponse) => assert.equal(headers['x-amzn-sagemaker-custom-attributes'], 'trace=7, b'),
    },
  ],
  bad: [
    {
      name: 'an unknown content type',
      request: typed('text/html', 'x'),
      status: 415,
      says: /application\/json, text\/csv, application\/jsonlines.*image\/png/,
    },
    {
      name: 'an answer that cannot be written',
      request: post(ROWS, { accept: 'image/png' }),
      status: 406,
      says: /application\/json, text\/csv/,
    },
    { name: 'a picture for a model without one', request: typed('image/png', 'x'), status: 415, says: /takes no image/ },
    { name: 'a table with a word in it', request: typed('text/csv', '1,2\n3,x'), status: 400, says: /row 2, column "1": "x" is no number/ },
    {
      name: 'a table with too few columns',
      request: typed('text/csv', '1\n2'),
      status: 400,
      says: /row 1 has 1 values, but the model takes 2 a row/,
    },
    { name: 'a table with an open quote', request: typed('text/csv', '1,"2'), status: 400, says: /quoted cell/ },
    { name: 'a number past FP64', request: typed('text/csv', '1,1e999'), status: 400, says: /is no number/ },
    { name: 'an empty table', request: typed('text/csv', ''), status: 400, says: /no rows/ },
    { name: 'a line that is no JSON', request: typed('application/jsonlines', '[1,2]\n[3,'), status: 400, says: /line 2: / },
    { name: 'no array of NumPy', request: typed('application/x-npy', 'x'), status: 400, says: /NUMPY/ },
    {
      name: 'an array of NumPy cut short',
      request: typed('application/x-npy', encodeNpy(tensor('FP32', [2], Float32Array.of(1, 2))).subarray(0, -1)),
      status: 400,
      says: /takes 8 octets, but there are 7/,
    },
    { name: 'elements that are no whole rows', request: typed('application/octet-stream', octets.subarray(1)), status: 400 },
    { name: 'two kinds of rows', request: post({ instances: ROWS, inputs: ROWS }), status: 400, says: /send one of them/ },
    { name: 'a name that is no input', request: post({ z: ROWS }), status: 400, says: /no input "z"; its inputs are "x"/ },
    { name: 'rows of another length', request: post([[1, 2, 3]]), status: 400 },
  ],
})

test('a table goes by the names of its columns when its first line is they, in any order', async () => {
  const ask = asker(setUp(TABLE))
  const rows = async (body: string) => JSON.parse(bodyText(await ask(typed('text/csv', body)))).predictions
  assert.deepEqual(await rows('height,width\n2,1\n'), [[2, 4]])
  assert.deepEqual(await rows('1,2\n'), [[2, 4]])
  assert.deepEqual((await ask(typed('text/csv; header=absent', 'height,width\n2,1\n'))).status, 400)
})

test('several inputs: a table by name or in order, 64-bit integers exact, several outputs as columns', async () => {
  const columns = (name: string) => ({ ...(MIXED.signature.inputs[1] as (typeof MIXED.signature.inputs)[number]), name })
  const two: FakeModel = {
    ...MIXED,
    name: 'two',
    signature: { inputs: [columns('n'), columns('m')], outputs: [columns('p'), columns('q')] },
  }
  const ask = asker(setUp(two))
  const asCsv = async (body: string) => bodyText(await ask(typed('text/csv', body, 'text/csv')))
  assert.equal(await asCsv('4503599627370497,2\n'), '9007199254740994,4\n')
  assert.equal(await asCsv('m,n\n2,4503599627370497\n'), '9007199254740994,4\n')
  assert.equal(bodyText(await ask(post('[4503599627370497,2]'))), '{"predictions":[{"p":9007199254740994,"q":4}]}')
  const npy = await ask(typed('text/csv', '1,2', 'application/x-npy'))
  assert.equal(npy.status, 406)
  assert.match(bodyText(npy), /has 2 outputs/)
})

test('a picture is one by its content type, and by its first octets when the type says nothing', async () => {
  const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
  const seen: unknown[] = []
  const infer: NonNullable<FakeModel['infer']> = async (request) => {
    seen.push(request.inputs.get('x'))
    return {
      model: 'pictures',
      version: '1',
      outputs: new Map([['y', tensor('FP32', [1, 2], Float32Array.of(1, 2))]]),
      phases: {},
      rows: 1,
      batchRows: 1,
    }
  }
  const ask = asker(setUp({ ...PICTURES, infer }))
  for (const request of [typed('image/png', 'octets'), typed('application/octet-stream', PNG)])
    assert.deepEqual(JSON.parse(bodyText(await ask(request))), { predictions: [[1, 2]] })
  assert.deepEqual(seen, [tensor('BYTES', [1], [Buffer.from('octets')]), tensor('BYTES', [1], [Buffer.from(PNG)])])
})

test('with several models and none named the answer says which there are', async () => {
  const response = await asker(setUp(PAIRS, MIXED))(post(ROWS))
  assert.equal(response.status, 400)
  assert.match(bodyText(response), /pairs, mixed.*--default-model/)
})

test('it is healthy once its models were opened and one answers', async () => {
  const ping = (...models: readonly FakeModel[]) => asker(setUp(...models))({ method: 'GET', target: '/ping' })
  assert.equal((await ping(PAIRS)).status, 200)
  ready = false
  assert.equal((await ping(PAIRS)).status, 503)
  ready = true
  const none = await ping()
  assert.equal(none.status, 503)
  assert.match(bodyText(none), /no model is loaded/)
})

test('batch transform is told how much may be under way', async () => {
  const response = await asker(setUp(PAIRS))({ method: 'GET', target: '/execution-parameters' })
  assert.deepEqual(JSON.parse(bodyText(response)), { MaxConcurrentTransforms: 16, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 6 })
})

test('a model that reads bodies itself gets them as they came, and what it writes is the answer, whatever MLflow would make of it', async () => {
  const given: unknown[] = []
  const model: FakeModel = {
    ...PAIRS,
    packager: 'sagemaker',
    takesBody: true,
    infer: async ({ inputs }) => {
      given.push([...inputs].map(([name, { data }]) => [name, Buffer.from(data[0] as Uint8Array).toString('latin1')]))
      return { model: 'pairs', version: '1', outputs: inputs, phases: {}, rows: 1, batchRows: 1 }
    },
  }
  const both: DialectSetUp = {
    models: [model],
    create: (deps) => ({
      name: 'both',
      routes: [...setUp(model).create(deps).routes, ...createMlflow({ ...deps, ready: () => true, version: '1' }).routes],
    }),
  }
  const ask = asker(both)
  const octets = await ask(post(Uint8Array.of(0, 255), { 'content-type': 'image/png', accept: 'a/b;q=1, */*' }))
  assert.deepEqual([octets.status, octets.headers['content-type']], [200, 'image/png'])
  assert.deepEqual(Buffer.from(octets.body as Uint8Array), Buffer.from([0, 255]))
  const mlflow = await ask(post('{"instances": [', { accept: '*/*' }))
  assert.deepEqual([mlflow.status, mlflow.headers['content-type'], bodyText(mlflow)], [200, 'application/json', '{"instances": ['])
  assert.deepEqual(given, [
    [
      ['slipway.body', '\x00\xff'],
      ['slipway.content_type', 'image/png'],
      ['slipway.accept', 'a/b;q=1, */*'],
    ],
    [
      ['slipway.body', '{"instances": ['],
      ['slipway.content_type', 'application/json'],
      ['slipway.accept', ''],
    ],
  ])
  const broken = await ask(post('x', { 'content-type': 'a/b\u00e9' }))
  assert.equal(broken.status, 500)
})
