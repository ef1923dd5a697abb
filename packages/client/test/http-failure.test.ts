import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_CODES } from '@slipway/protocol'
import { failureOf, parseRetryAfter } from '../src/http-failure.ts'
import { FakeClock } from './support/fake-clock.ts'

const WHAT = 'POST http://host/v2/models/m/infer'
const read = (status: number, body: string, headers: Record<string, string> = {}) =>
  failureOf({ status, headers: new Headers(headers), body: new TextEncoder().encode(body) }, WHAT, new FakeClock())

test('every status of the protocol has its code back', () => {
  for (const [code, { http, retryable }] of Object.entries(ERROR_CODES)) {
    const failure = read(http, '{"error":"why"}')
    assert.equal(failure.code, code)
    assert.equal(failure.retryable, retryable)
    assert.equal(failure.status, http)
    assert.equal(failure.message, 'why')
  }
})

test('a status that no Slipway server sends still has a code', () => {
  assert.equal(read(408, '').code, 'DEADLINE_EXCEEDED')
  assert.equal(read(418, '').code, 'INVALID_ARGUMENT')
  assert.equal(read(502, '').code, 'UNAVAILABLE')
  assert.equal(read(599, '').code, 'INTERNAL')
})

test('a code in the body is more exact than the status', () => {
  assert.equal(read(400, '{"error":"queue full","code":"RESOURCE_EXHAUSTED"}').code, 'RESOURCE_EXHAUSTED')
  assert.equal(read(400, '{"error":"queue full","code":"SOMETHING"}').code, 'INVALID_ARGUMENT')
})

test('a body that is no JSON still gives a message that says what was there', () => {
  assert.equal(read(502, '<html><h1>Bad\n Gateway</h1></html>').message, `${WHAT} answered 502: Bad Gateway`)
  assert.equal(read(503, '').message, `${WHAT} answered 503 with an empty body`)
  assert.equal(read(500, '{"detail":"x"}').message, `${WHAT} answered 500: {"detail":"x"}`)
  assert.equal(read(500, 'null').message, `${WHAT} answered 500: null`)
  assert.equal(read(500, '{"error":{"message":"x"}}').message, `${WHAT} answered 500: {"error":{"message":"x"}}`)
  assert.ok(read(500, '\u0000\ufffd'.repeat(100_000)).message.length < 400)
  assert.ok(read(500, '<'.repeat(100_000)).message.length < 400)
})

test('the request id and the wait that was asked for are kept', () => {
  const failure = read(429, '{"error":"x"}', { 'x-request-id': 'abc-1', 'retry-after': '1.5' })
  assert.equal(failure.requestId, 'abc-1')
  assert.equal(failure.retryAfterMs, 1500)
})

test('Retry-After is seconds or a date, else nothing', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  assert.equal(parseRetryAfter('0', now), 0)
  assert.equal(parseRetryAfter(' 120 ', now), 120_000)
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:00:07 GMT', now), 7000)
  assert.equal(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now), 0)
  for (const nonsense of [null, '', 'soon', '-1', '1e3', 'Infinity', '0x10'])
    assert.equal(parseRetryAfter(nonsense, now), undefined, String(nonsense))
})
