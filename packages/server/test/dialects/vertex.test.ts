import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVertex } from '../../src/dialects/vertex.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { MIXED, PAIRS, PICTURES } from '../support/revision.ts'

const DEPLOYED = '/v1/endpoints/12/deployedModels/34'
const target = `${DEPLOYED}:predict`
const setUp: DialectSetUp = {
  models: [PAIRS],
  create: (deps) => createVertex({ ...deps, ready: () => true, predictRoute: '/models/own:predict', healthRoute: '/alive' }),
}
const rows = {
  instances: [
    [1, 2],
    [3, 4.5],
  ],
}
const predictions = {
  predictions: [
    [2, 4],
    [6, 9],
  ],
}
const errorText = (response: Parameters<typeof bodyText>[0]) => JSON.parse(bodyText(response)).error

testDialect('vertex', setUp, {
  errorText,
  good: [
    { name: 'instances', request: { target, body: JSON.stringify(rows) }, answer: predictions },
    {
      name: 'instances by name, with parameters',
      request: { target, body: '{"instances":[{"x":[1,2]},{"x":[3,4.5]}],"parameters":{"confidence":0.5}}' },
      answer: predictions,
    },
    { name: "the platform's own path", request: { target: '/models/own:predict', body: JSON.stringify(rows) }, answer: predictions },
  ],
  bad: [
    { name: 'inputs', request: { target, body: '{"inputs":[[1,2]]}' }, status: 400, says: /no "instances"/ },
    { name: 'no rows', request: { target, body: '{"instances":[]}' }, status: 400 },
    { name: 'a parameter that is no scalar', request: { target, body: '{"instances":[[1,2]],"parameters":{"a":[]}}' }, status: 400 },
    {
      name: 'an unknown content type',
      request: { target, headers: { 'content-type': 'text/csv' }, body: '1,2' },
      status: 415,
      says: /application\/json/,
    },
    { name: 'a path without the verb', request: { target: DEPLOYED, body: JSON.stringify(rows) }, status: 405 },
  ],
})

testDialect(
  'vertex, several models',
  { ...setUp, models: [MIXED] },
  {
    errorText,
    good: [
      {
        name: 'several inputs and outputs by name, integers exact',
        request: { target, body: '{"instances":[{"a":[1,2],"n":4503599627370497},{"a":[3,4],"n":1}]}' },
        answer: (response: { readonly body: unknown }) =>
          assert.equal(String(response.body), '{"predictions":[{"b":[2,4],"m":9007199254740994},{"b":[6,8],"m":2}]}'),
      },
    ],
    bad: [],
  },
)

test('vertex: a picture is a body of rawPredict', async () => {
  const ask = asker({ ...setUp, models: [PICTURES] })
  const response = await ask({ target, headers: { 'content-type': 'image/png' }, body: 'octets' })
  assert.equal(bodyText(response), '{"predictions":[[0.1,0.9]]}')
})

test('vertex: a route without a model says which there are', async () => {
  const response = await asker({ ...setUp, models: [PAIRS, MIXED] })({ target, body: '{}' })
  assert.equal(response.status, 400)
  assert.match(errorText(response), /pairs, mixed.*--default-model/)
})

test('vertex: healthy is 200 exactly, and only once the models are open', async () => {
  for (const path of ['/alive', DEPLOYED]) assert.equal((await asker(setUp)({ method: 'GET', target: path })).status, 200)
  const opening = asker({ ...setUp, create: (deps) => createVertex({ ...deps, ready: () => false }) })
  assert.equal((await opening({ method: 'GET', target: DEPLOYED })).status, 503)
})
