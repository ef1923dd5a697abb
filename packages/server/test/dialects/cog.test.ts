import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCog } from '../../src/dialects/cog.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { MIXED, PAIRS, PICTURES, TEXTS } from '../support/revision.ts'

let ready = true
const startedAt = '2026-01-02T03:04:05.000Z'
const setUp: DialectSetUp = {
  models: [PAIRS],
  create: (deps) => createCog({ ...deps, ready: () => ready, server: { version: '1.2.3', startedAt } }),
}
const post = (value: unknown) => ({ target: '/predictions', body: JSON.stringify(value) })
const of = (response: Parameters<typeof bodyText>[0]) => JSON.parse(bodyText(response))
const output = (expected: unknown) => (response: Parameters<typeof bodyText>[0]) => {
  const { status, output: found, error, logs } = of(response)
  assert.deepEqual({ status, found, error, logs }, { status: 'succeeded', found: expected, error: null, logs: '' })
}
const rows = [
  [1, 2],
  [3, 4.5],
]
const doubled = [
  [2, 4],
  [6, 9],
]
const errorText = (response: Parameters<typeof bodyText>[0]) => {
  const { detail } = of(response)
  if (typeof detail === 'string') return detail
  assert.deepEqual(detail[0].loc, ['body', 'input'])
  return detail[0].msg
}

testDialect('cog', setUp, {
  errorText,
  statuses: { INVALID_ARGUMENT: 422 },
  good: [
    { name: 'rows', request: post({ input: { x: rows } }), answer: output(doubled) },
    { name: 'one row', request: post({ input: { x: [1, 2] } }), answer: output([2, 4]) },
    {
      name: 'an id of the path',
      request: { ...post({ input: { x: rows } }), method: 'PUT', target: '/predictions/abc' },
      answer: output(doubled),
    },
  ],
  bad: [
    { name: 'no input', request: post({ x: rows }), status: 422, says: /no "input"; send \{"input": \{"x": …\}\}/ },
    { name: 'an unknown input', request: post({ input: { z: rows } }), status: 422, says: /no input "z"/ },
    {
      name: 'a webhook',
      request: post({ input: { x: rows }, webhook: 'https://example.org/' }),
      status: 422,
      says: /"webhook" is not offered/,
    },
    { name: 'an event stream', request: { ...post({ input: { x: rows } }), headers: { accept: 'text/event-stream' } }, status: 406 },
    {
      name: 'two ids',
      request: { ...post({ id: 'b', input: { x: rows } }), method: 'PUT', target: '/predictions/a' },
      status: 422,
      says: /one id/,
    },
    { name: 'an unknown content type', request: { ...post({}), headers: { 'content-type': 'text/csv' } }, status: 415 },
    { name: 'a cancellation', request: { target: '/predictions/a/cancel' }, status: 404, says: /synchronous/ },
  ],
})

testDialect(
  'cog, several inputs',
  { ...setUp, models: [MIXED] },
  {
    errorText,
    statuses: { INVALID_ARGUMENT: 422 },
    good: [
      { name: 'one row', request: post({ input: { a: [1, 2], n: 5 } }), answer: output({ b: [2, 4], m: 10 }) },
      {
        name: 'rows',
        request: post({ input: { a: rows, n: [5, 6] } }),
        answer: output([
          { b: [2, 4], m: 10 },
          { b: [6, 9], m: 12 },
        ]),
      },
    ],
    bad: [],
  },
)

test('cog: the answer tells the question, the times and the model', async () => {
  const { input, id, metrics, version, started_at, completed_at } = of(
    await asker(setUp)({ target: '/predictions', body: '{"id":"abc","input":{"x":[[1,2.50]]}}' }),
  )
  assert.deepEqual({ input, id, version }, { input: { x: [[1, 2.5]] }, id: 'abc', version: 'pairs@1' })
  assert.equal(metrics.predict_time, 0.00125)
  for (const time of [started_at, completed_at]) assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

test('cog: a picture is a data: URL, and nothing else is fetched', async () => {
  const ask = asker({ ...setUp, models: [PICTURES] })
  const answer = of(await ask(post({ input: { image: 'data:image/png;base64,b2N0ZXRz' } })))
  assert.deepEqual(answer.output, [0.1, 0.9])
  const refused = await ask(post({ input: { image: 'https://example.org/seven.png' } }))
  assert.equal(refused.status, 422)
  assert.match(errorText(refused), /data: URL/)
})

test('cog: an address is a text like any other where texts are asked for', async () =>
  assert.equal(
    of(await asker({ ...setUp, models: [TEXTS] })(post({ input: { text: 'https://example.org/' } }))).output,
    'https://example.org/',
  ))

test('cog: health is 200 with the state in its body', async () => {
  const health = async () => {
    const response = await asker(setUp)({ method: 'GET', target: '/health-check' })
    return [response.status, of(response)]
  }
  assert.deepEqual(await health(), [
    200,
    { status: 'READY', setup: { started_at: startedAt, status: 'succeeded', logs: '' }, version: { slipway: '1.2.3' } },
  ])
  ready = false
  assert.equal((await health())[1].status, 'STARTING')
  ready = true
})
