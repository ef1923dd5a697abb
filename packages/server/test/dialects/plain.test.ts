import assert from 'node:assert/strict'
import { type OutputInfo, tensor } from '@slipway/protocol'
import { createPlain } from '../../src/dialects/plain.ts'
import { bodyText, testDialect } from '../contract/dialect.ts'
import { type FakeModel, MIXED, PAIRS } from '../support/revision.ts'

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
  { models: [PAIRS, MIXED, IMAGES, NAN], create: createPlain },
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
        name: 'scores that are no numbers stay in the outputs, without labels',
        request: post('broken', { inputs: [[1, 2, 3, 4]] }),
        answer: { model: 'broken', version: '1', timing: { infer: 1, decode: 0 }, batchRows: 1, outputs: { scores: [['NaN', 1]] } },
      },
    ],
    bad: [
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
