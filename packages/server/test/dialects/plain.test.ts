import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type OutputInfo, type TensorSpec, tensor } from '@slipway/protocol'
import { createPlain } from '../../src/dialects/plain.ts'
import { asker, bodyText, testDialect } from '../contract/dialect.ts'
import { form } from '../support/form.ts'
import { type FakeModel, MIXED, PAIRS, TEXTS } from '../support/revision.ts'

const scores: OutputInfo = {
  name: 'scores',
  datatype: 'FP32',
  shape: [-1, 2],
  symbols: ['batch', null],
  as: { kind: 'scores', labels: ['cat', 'dog'] },
}
const IMAGES: FakeModel = {
  name: 'pictures',
  images: ['image'],
  outputs: [scores],
  signature: { inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 4], symbols: ['batch', null] }], outputs: [scores] },
  infer: async ({ inputs }) => {
    const rows = inputs.get('image')?.shape[0] ?? 0
    const data = Float32Array.from({ length: rows * 2 }, (_, index) => (index % 2 === 0 ? 0.1 : 0.9))
    return {
      model: 'pictures',
      version: '1',
      outputs: new Map([['scores', tensor('FP32', [rows, 2], data)]]),
      phases: { infer: 1 },
      rows,
      batchRows: rows,
    }
  },
}
const NAN: FakeModel = {
  ...IMAGES,
  name: 'broken',
  infer: async () => ({
    model: 'broken',
    version: '1',
    outputs: new Map([['scores', tensor('FP32', [1, 2], Float32Array.of(Number.NaN, 1))]]),
    phases: { infer: 1 },
    rows: 1,
    batchRows: 1,
  }),
}

const predict = (model: string) => `/api/v1/models/${model}/predict`
const post = (model: string, value: unknown) => ({ target: predict(model), body: JSON.stringify(value) })
const timing = { queue: 0.5, infer: 1.25, decode: 0 }
const pairs = {
  model: 'pairs',
  version: '1',
  timing,
  batchRows: 3,
  outputs: {
    y: [
      [2, 4],
      [6, 9],
    ],
  },
}
const labels = {
  scores: [
    [
      { label: 'dog', score: 0.9 },
      { label: 'cat', score: 0.1 },
    ],
  ],
}
const picture = {
  model: 'pictures',
  version: '1',
  labels,
  timing: { infer: 1, decode: 0 },
  batchRows: 1,
  outputs: { scores: [[0.1, 0.9]] },
}

testDialect(
  'plain',
  { models: [PAIRS, MIXED, IMAGES, NAN, TEXTS], create: createPlain },
  {
    errorText: (response) => JSON.parse(bodyText(response)).error,
    good: [
      {
        name: 'named inputs',
        request: post('pairs', {
          inputs: {
            x: [
              [1, 2],
              [3, 4.5],
            ],
          },
        }),
        answer: pairs,
      },
      {
        name: 'the data of an only input, without its name',
        request: post('pairs', {
          inputs: [
            [1, 2],
            [3, 4.5],
          ],
        }),
        answer: pairs,
      },
      {
        name: 'bare data',
        request: post('pairs', [
          [1, 2],
          [3, 4.5],
        ]),
        answer: pairs,
      },
      {
        name: 'several inputs by name, integers exact',
        request: { target: predict('mixed'), body: '{"inputs":{"a":[[1,2]],"n":[4503599627370497]}}' },
        answer: (response: { readonly body: unknown }) => assert.match(String(response.body), /"m":\[9007199254740994\]/),
      },
      {
        name: 'an image as the body',
        request: { target: predict('pictures'), headers: { 'content-type': 'image/png' }, body: 'octets' },
        answer: picture,
      },
      { name: 'an image as base64', request: post('pictures', { inputs: { image: [{ b64: 'b2N0ZXRz' }] } }), answer: picture },
      {
        name: 'a table',
        request: { target: predict('pairs'), headers: { 'content-type': 'text/csv' }, body: '1,2\n3,4.5\n' },
        answer: pairs,
      },
      {
        name: 'rows in a form',
        request: {
          target: predict('pairs'),
          ...form([
            { name: 'x', bytes: '[1,2]' },
            { name: 'x', bytes: '[3,4.5]' },
          ]),
        },
        answer: pairs,
      },
      {
        name: 'a whole tensor in a form',
        request: { target: predict('pairs'), ...form([{ name: 'x', bytes: '[[1,2],[3,4.5]]', type: 'application/json' }]) },
        answer: pairs,
      },
      {
        name: 'a picture in a form',
        request: { target: predict('pictures'), ...form([{ name: 'image', filename: 'a.png', type: 'image/png', bytes: 'octets' }]) },
        answer: picture,
      },
      {
        name: 'several inputs in a form',
        request: {
          target: predict('mixed'),
          ...form([
            { name: 'a', bytes: '[1,2]' },
            { name: 'n', bytes: '4503599627370497' },
          ]),
        },
        answer: (response: { readonly body: unknown }) => assert.match(String(response.body), /"m":\[9007199254740994\]/),
      },
      {
        name: 'texts in a form, octet for octet',
        request: {
          target: predict('texts'),
          ...form([
            { name: 'text', bytes: 'späte Post' },
            { name: 'text', bytes: '[1]' },
          ]),
        },
        answer: (response: { readonly body: unknown }) => assert.match(String(response.body), /"same":\["späte Post","\[1\]"\]/),
      },
      {
        name: 'scores that are no numbers stay in the outputs, without labels',
        request: post('broken', { inputs: [[1, 2, 3, 4]] }),
        answer: { model: 'broken', version: '1', timing: { infer: 1, decode: 0 }, batchRows: 1, outputs: { scores: [['NaN', 1]] } },
      },
    ],
    bad: [
      {
        name: 'an answer that cannot be written',
        request: { ...post('pairs', [[1, 2]]), headers: { accept: 'text/html' } },
        status: 406,
        says: /application\/json, text\/csv/,
      },
      {
        name: 'a form with a part that is no input',
        request: { target: predict('pairs'), ...form([{ name: 'z', bytes: '[1,2]' }]) },
        status: 400,
        says: /no input "z"/,
      },
      {
        name: 'a form with a word for a number',
        request: { target: predict('pairs'), ...form([{ name: 'x', bytes: 'one' }]) },
        status: 400,
        says: /part "x" must be JSON/,
      },
      {
        name: 'a table of another width',
        request: { target: predict('pairs'), headers: { 'content-type': 'text/csv' }, body: '1,2,3' },
        status: 400,
      },
      {
        name: 'GET',
        request: { method: 'GET', target: predict('pairs') },
        status: 405,
        says: /send a POST here with \{"inputs": \{"x": …\}\}/,
      },
      { name: 'an unknown model', request: post('none', [[1, 2]]), status: 404 },
      {
        name: 'an unknown content type',
        request: { target: predict('pairs'), headers: { 'content-type': 'text/html' }, body: 'x' },
        status: 415,
        says: /application\/json/,
      },
      {
        name: 'an image for a model without one',
        request: { target: predict('pairs'), headers: { 'content-type': 'image/png' }, body: 'x' },
        status: 415,
        says: /takes no image/,
      },
      {
        name: 'an unknown input',
        request: post('mixed', { inputs: { a: [[1, 2]], q: [1] } }),
        status: 400,
        says: /no input "q"; its inputs are "a", "n"/,
      },
      {
        name: 'bare data for several inputs',
        request: post('mixed', { inputs: [[1, 2]] }),
        status: 400,
        says: /must be an object by name/,
      },
      { name: 'no inputs', request: post('pairs', { data: 1 }), status: 400, says: /no "inputs"/ },
      { name: 'ragged data', request: post('pairs', { inputs: [[1, 2], [3]] }), status: 400, says: /ragged/ },
      { name: 'a word where a number is due', request: post('pairs', { inputs: [['one', 2]] }), status: 400 },
    ],
  },
)

const ask = asker({ models: [PAIRS, MIXED], create: createPlain })

test('plain: the answer is written as the caller accepts it', async () => {
  const rows = [
    [1, 2],
    [3, 4.5],
  ]
  const answer = async (accept: string) => await ask({ ...post('pairs', rows), headers: { accept } })
  const csv = await answer('text/csv')
  assert.equal(csv.headers['content-type'], 'text/csv')
  assert.equal(bodyText(csv), '2,4\n6,9\n')
  const npy = Buffer.from((await answer('application/x-npy')).body as Uint8Array)
  assert.equal(npy.subarray(1, 6).toString(), 'NUMPY')
  assert.deepEqual(new Float32Array(Uint8Array.from(npy.subarray(-16)).buffer), Float32Array.of(2, 4, 6, 9))
  for (const accept of ['*/*', 'text/csv;q=0.5, application/json'])
    assert.equal((await answer(accept)).headers['content-type'], 'application/json')
})

test('plain: the columns of a table may be parts of a form', async () => {
  const [x] = PAIRS.signature.inputs
  const table = asker({
    models: [{ ...PAIRS, inputs: [{ ...(x as TensorSpec), as: { kind: 'features', names: ['width', 'height'] } }] }],
    create: createPlain,
  })
  const parts = [
    { name: 'height', bytes: '2' },
    { name: 'width', bytes: '1' },
  ]
  assert.deepEqual(JSON.parse(bodyText(await table({ target: predict('pairs'), ...form(parts) }))).outputs, { y: [[2, 4]] })
})

test('plain: GET names the methods there are besides it', async () =>
  assert.equal((await ask({ method: 'GET', target: predict('pairs') })).headers.allow, 'POST'))
