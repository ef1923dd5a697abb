import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallFailure, explain, failureOf } from '../../src/call/failure.ts'

test('the server’s own words are shown, with what to do and the request id', async () => {
  const response = new Response('{"error":"input \\"x\\": expected shape [-1, 4]"}', { status: 400, headers: { 'x-request-id': 'r1' } })
  const explained = explain(await failureOf(response))
  assert.equal(explained.message, 'input "x": expected shape [-1, 4]')
  assert.equal(explained.requestId, 'r1')
  assert.match(explained.advice, /press Predict again/)
})

test('a body that is no JSON still makes a sentence', async () => {
  const explained = explain(await failureOf(new Response('<html>', { status: 502, statusText: 'Bad Gateway' })))
  assert.equal(explained.title, 'The server answered 502')
  assert.equal(explained.message, 'The server answered 502 Bad Gateway')
})

test('no answer is told apart from a refusal', () => {
  assert.equal(explain(new CallFailure('NETWORK', 'x')).title, 'The server did not answer')
  assert.equal(explain(new TypeError('oops')).message, 'oops')
})

test('a long message is cut', async () => {
  const failure = await failureOf(new Response(JSON.stringify({ error: 'x'.repeat(5000) }), { status: 400 }))
  assert.equal(failure.message.length, 600)
})
