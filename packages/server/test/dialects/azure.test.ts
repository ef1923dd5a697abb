import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputInfo } from '@slipway/protocol'
import { createAzure } from '../../src/dialects/azure.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { type FakeModel, PAIRS } from '../support/revision.ts'

const setUp: DialectSetUp = { models: [PAIRS], create: createAzure }
const post = (value: unknown) => ({ target: '/score', body: JSON.stringify(value) })
const answer = [
  [2, 4],
  [6, 9],
]
const rows = [
  [1, 2],
  [3, 4.5],
]
const message = (response: Parameters<typeof bodyText>[0]) => {
  const parsed = JSON.parse(bodyText(response))
  assert.deepEqual(Object.keys(parsed), ['message'])
  return parsed.message
}

testDialect('azure', setUp, {
  errorText: message,
  good: [
    { name: 'data', request: post({ data: rows }), answer },
    {
      name: 'a data frame without names of its own',
      request: post({ input_data: { columns: [0, 1], index: [0, 1], data: rows } }),
      answer,
    },
    { name: 'inputs by name', request: post({ input_data: { x: rows } }), answer },
    { name: 'rows of input_data', request: post({ input_data: rows }), answer },
    { name: 'automated ML', request: post({ Inputs: { data: rows }, GlobalParameters: 1 }), answer: { Results: answer } },
  ],
  bad: [
    { name: 'no known key', request: post({ instances: rows }), status: 400, says: /"data", "input_data", "Inputs", found none/ },
    { name: 'two known keys', request: post({ data: rows, input_data: rows }), status: 400, says: /"data" and "input_data"/ },
    { name: 'rows that are none', request: post({ data: 'x' }), status: 400, says: /"data" must be an array/ },
    { name: 'an array', request: post(rows), status: 400, says: /must be a JSON object/ },
    { name: 'a row of another length', request: post({ input_data: { columns: ['a', 'b'], data: [[1]] } }), status: 400 },
    {
      name: 'an unknown content type',
      request: { target: '/score', headers: { 'content-type': 'text/html' }, body: '{}' },
      status: 415,
      says: /application\/json/,
    },
    { name: 'another method', request: { method: 'DELETE', target: '/score' }, status: 405 },
  ],
})

const columns: InputInfo = { ...(PAIRS.signature.inputs[0] as InputInfo), as: { kind: 'features', names: ['width', 'height'] } }
const TABLE: FakeModel = { ...PAIRS, inputs: [columns] }
testDialect(
  'azure, a table',
  { ...setUp, models: [TABLE] },
  {
    errorText: message,
    good: [
      {
        name: 'a data frame by the names of its columns, in any order',
        request: post({
          input_data: {
            columns: ['height', 'width'],
            data: [
              [2, 1],
              [4.5, 3],
            ],
          },
        }),
        answer,
      },
      {
        name: 'records',
        request: post({
          data: [
            { width: 1, height: 2 },
            { width: 3, height: 4.5 },
          ],
        }),
        answer,
      },
    ],
    bad: [
      {
        name: 'a column that is missing',
        request: post({ input_data: { columns: ['height', 'depth'], data: [[1, 2]] } }),
        status: 400,
        says: /has no "width"/,
      },
    ],
  },
)

test('azure: the time of scoring and the ids of the caller are in the answer, and in errors too', async () => {
  const good = await asker(setUp)({ ...post({ data: rows }), headers: { 'x-ms-client-request-id': 'mine-7' } })
  assert.match(good.headers['x-ms-run-fn-exec-ms'] ?? '', /^\d+\.\d{3}$/)
  assert.equal(good.headers['x-ms-run-function-failed'], 'False')
  assert.equal(good.headers['x-ms-client-request-id'], 'mine-7')
  assert.equal(good.headers['x-ms-request-id'], 'mine-7')
  const both = await asker(setUp)({ ...post({ data: rows }), headers: { 'x-ms-client-request-id': 'new', 'x-ms-request-id': 'old' } })
  assert.deepEqual([both.headers['x-ms-client-request-id'], both.headers['x-ms-request-id']], ['new', 'old'])
  const bad = await asker(setUp)({ ...post({}), headers: { 'x-ms-request-id': 'mine-8' } })
  assert.equal(bad.status, 400)
  assert.equal(bad.headers['x-ms-request-id'], 'mine-8')
  assert.equal(bad.headers['x-ms-run-function-failed'], undefined)
  assert.equal((await asker(setUp)(post({ data: rows }))).headers['x-ms-request-id'], 'id-1')
})

test('azure: an id that is too long is refused with 431', async () => {
  const response = await asker(setUp)({ ...post({ data: rows }), headers: { 'x-ms-client-request-id': 'x'.repeat(101) } })
  assert.equal(response.status, 431)
  assert.match(message(response), /100/)
})

test('azure: arguments of GET are JSON', async () => {
  const response = await asker(setUp)({ method: 'GET', target: `/score?data=${encodeURIComponent(JSON.stringify(rows))}` })
  assert.deepEqual(JSON.parse(bodyText(response)), answer)
  assert.equal((await asker(setUp)({ method: 'GET', target: '/score?data=[' })).status, 400)
})

test('azure: swagger tells the shape of a row in the version asked for', async () => {
  const get = async (query: string) => {
    const response = await asker(setUp)({ method: 'GET', target: `/swagger.json${query}` })
    return [response.status, JSON.parse(bodyText(response))]
  }
  const row = { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 }
  const [status, document] = await get('')
  assert.equal(status, 200)
  assert.equal(document.swagger, '2.0')
  assert.deepEqual(document.paths['/score'].post.parameters[0].schema.properties.data.items, row)
  const [, newer] = await get('?version=3.1')
  assert.equal(newer.openapi, '3.1.0')
  assert.deepEqual(newer.paths['/score'].post.requestBody.content['application/json'].schema.properties.data.items, row)
  const [missing, error] = await get('?version=4')
  assert.equal(missing, 404)
  assert.match(error.message, /version=2, 3 or 3\.1/)
})
