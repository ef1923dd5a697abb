import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWrk } from '../wrk.ts'

const PRINTED = `Running 2s test @ http://127.0.0.1:18621/v2/models/mlp64/infer
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.12ms  800.00us  12.20ms   80.00%
  45210 requests in 2.00s, 27.80MB read
`

test('what wrk prints is read: answers, rate and no failures', () => {
  assert.deepEqual(readWrk(`${PRINTED}Requests/sec:  22600.50\nTransfer/sec:     13.90MB\n`), {
    answers: 45_210,
    perSecond: 22_600.5,
    failures: 0,
  })
})

test('refused answers and broken connections count as failures', () => {
  const failed = `${PRINTED}  Socket errors: connect 1, read 2, write 0, timeout 4\n  Non-2xx or 3xx responses: 100\nRequests/sec: 10\n`
  assert.equal(readWrk(failed).failures, 107)
})

test('output without figures is an error, not zeros', () => {
  assert.throws(() => readWrk('unable to connect to 127.0.0.1:1 Connection refused'), /wrk printed no figures/)
})
