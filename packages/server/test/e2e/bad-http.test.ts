/** Broken, odd and hostile HTTP on raw sockets: an answer wherever one is due, no 5xx but the foreseen, the server live and right afterwards. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { GOOD_BODY } from '../support/e2e/bad-bodies.ts'
import { exchange, type RawAnswer, type RawRequest, rawRequest } from '../support/e2e/raw-http.ts'
import { assertRefused, assertUnharmed, refusalOf } from '../support/e2e/refusal.ts'
import { FIXTURES, type SlipwayProcess, startSlipway } from '../support/e2e/slipway-process.ts'

const HEADERS_MS = 1000
const INFER = '/v2/models/echo/infer'
const PATHS = ['/', '/v2', '/v2/health/live', '/v2/models/echo', INFER, '/api/v1/models', '/api/v1/models/echo/predict', '/metrics']
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']

let slipway: SlipwayProcess
before(async () => {
  slipway = await startSlipway({
    paths: [join(FIXTURES, 'echo.onnx')],
    env: { SLIPWAY_REPLICAS_COUNT: '1', SLIPWAY_HTTP_HEADERSTIMEOUTMS: String(HEADERS_MS) },
  })
})
after(async () => assert.equal(await slipway?.stop(), 0))

/** The one answer to these octets; there must be one. */
async function answerTo(octets: string, head = false): Promise<RawAnswer> {
  const { answers, end } = await exchange(slipway.port, octets, { head })
  const answer = answers.find(({ status }) => status >= 200)
  assert.ok(answer !== undefined, `no answer (${end}) to ${JSON.stringify(octets.slice(0, 200))}`)
  return answer
}
const ask = (request: RawRequest) => answerTo(rawRequest(request), request.method === 'HEAD')

const POST = `POST ${INFER} HTTP/1.1\r\nHost: 127.0.0.1\r\n`
const LENGTH = GOOD_BODY.length
const CHUNKED = `${LENGTH.toString(16)}\r\n${GOOD_BODY}\r\n0\r\n\r\n`

/** Requests that are no valid HTTP, or could be read in two ways. */
const BROKEN: Readonly<Record<string, readonly [octets: string, status: number]>> = {
  'a length and chunks': [`${POST}Content-Length: ${LENGTH}\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED}`, 400],
  'two lengths': [`${POST}Content-Length: ${LENGTH}\r\nContent-Length: 5\r\n\r\n${GOOD_BODY}`, 400],
  'a length of two numbers': [`${POST}Content-Length: ${LENGTH}, 5\r\n\r\n${GOOD_BODY}`, 400],
  'a negative length': [`${POST}Content-Length: -1\r\n\r\n${GOOD_BODY}`, 400],
  'a length that is no number': [`${POST}Content-Length: ten\r\n\r\n${GOOD_BODY}`, 400],
  'a length past every count': [`${POST}Content-Length: 99999999999999999999\r\n\r\n${GOOD_BODY}`, 400],
  'a length past the limit': [`${POST}Content-Length: 99999999999\r\n\r\n${GOOD_BODY}`, 413],
  'a transfer coding that there is not': [`${POST}Transfer-Encoding: xchunked\r\n\r\n${CHUNKED}`, 400],
  'chunks that are not the last coding': [`${POST}Transfer-Encoding: chunked, identity\r\n\r\n${CHUNKED}`, 400],
  'a chunk of no size': [`${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n${GOOD_BODY}\r\n`, 400],
  'a chunk of a negative size': [`${POST}Transfer-Encoding: chunked\r\n\r\n-1\r\n${GOOD_BODY}\r\n`, 400],
  'a chunk longer than it says': [`${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n${GOOD_BODY}\r\n0\r\n\r\n`, 400],
  'a chunk of 17 hexadecimal digits': [`${POST}Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\nx`, 400],
  'a flood of chunk extensions': [`${POST}Transfer-Encoding: chunked\r\n\r\n1;${'a=b;'.repeat(20_000)}a=b\r\nx\r\n0\r\n\r\n`, 413],
  'a folded header': [`${POST}X-A: one\r\n two\r\nContent-Length: ${LENGTH}\r\n\r\n${GOOD_BODY}`, 400],
  'a NUL in a header': [`${POST}X-A: o\0e\r\n\r\n`, 400],
  'a NUL in the path': ['GET /v2\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 400],
  'a space before the colon': [`${POST}Content-Length : ${LENGTH}\r\n\r\n${GOOD_BODY}`, 400],
  'bare line feeds': ['GET /v2 HTTP/1.1\nHost: 127.0.0.1\n\n', 400],
  'bare carriage returns': ['GET /v2 HTTP/1.1\rHost: 127.0.0.1\r\r\n\r\n', 400],
  'a header without a colon': ['GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\nnonsense\r\n\r\n', 400],
  'no Host': ['GET /v2 HTTP/1.1\r\n\r\n', 400],
  'two Hosts': ['GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n', 403],
  'an empty Host': ['GET /v2 HTTP/1.1\r\nHost: \r\n\r\n', 403],
  'no path': ['GET  HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 400],
  'a method that there is not': ['NONSENSE /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 400],
  'a method in lower case': ['get /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 400],
  'HTTP/9.9': ['GET /v2 HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n', 400],
  'a TLS greeting': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  'a header of 17 KB': [`GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ${'x'.repeat(17 * 1024)}\r\n\r\n`, 431],
  'a path of 17 KB': [`GET /${'x'.repeat(17 * 1024)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, 431],
  '10,000 headers': [`GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\n${'X-A: b\r\n'.repeat(10_000)}\r\n`, 431],
  CONNECT: ['CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n', 405],
  'an expectation that nobody meets': [`${POST}Expect: miracles\r\nContent-Length: ${LENGTH}\r\n\r\n${GOOD_BODY}`, 417],
}

describe('HTTP with', () => {
  for (const [what, [octets, status]] of Object.entries(BROKEN))
    test(what, async () => {
      assertRefused(await answerTo(octets), status, /./)
      await assertUnharmed(slipway)
    })
})

test('no way to write a path reaches a route that it does not name', async () => {
  const nowhere = ['//v2', '/v2//models/echo', '/./v2', '/../v2', '/v2/../v2', '/%2e%2e/v2', '/v2%2fmodels/echo', '/v2%5cmodels', '/v2;x=1']
  const strange = [
    '/%00',
    '/v2/models/echo%00',
    '/%c0%af',
    '/%252e%252e',
    '/%6detrics%20',
    '/api/v1/models/..%2f..%2fetc',
    '*',
    '/%',
    '/%zz',
    '/v2/models/%ff',
  ]
  for (const target of [...nowhere, ...strange]) {
    const answer = await ask({ target })
    assert.ok([400, 404].includes(answer.status), `${target}: ${answer.status} ${answer.body}`)
    refusalOf(answer.body)
  }
  await assertUnharmed(slipway)
})

test('every method on every path is answered, and never with a 5xx that means a fault', async () => {
  for (const method of METHODS)
    for (const target of PATHS) {
      const answer = await ask({ method, target, ...(method === 'GET' ? {} : { body: method === 'HEAD' ? '' : '{}' }) })
      assert.ok(answer.status < 500 || [501, 503, 505].includes(answer.status), `${method} ${target}: ${answer.status}`)
      if (answer.status === 405) assert.match(answer.headers.get('allow') ?? '', /GET|POST/)
      if (answer.status >= 400 && method !== 'HEAD') refusalOf(answer.body)
    }
  const [get, head] = [await ask({ target: '/v2/models/echo' }), await ask({ method: 'HEAD', target: '/v2/models/echo' })]
  assert.equal(head.headers.get('content-length'), get.headers.get('content-length'))
  assert.equal(head.body, '')
  await assertUnharmed(slipway)
})

test('names of other machines in Host, and pages of others, are refused on every method and path', async () => {
  const { port } = slipway
  const strangers: readonly RawRequest[] = [
    ...[
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '169.254.169.254',
      '127.0.0.1@evil.example',
    ].map((host) => ({ host })),
    ...['http://evil.example', 'http://localhost:1', 'null', 'file://', 'http://127.0.0.1.evil.example'].map((origin) => ({
      lines: [`Origin: ${origin}`],
    })),
    { lines: [`Origin: http://127.0.0.1`, 'Origin: http://evil.example'] },
  ]
  for (const stranger of strangers)
    for (const target of PATHS)
      for (const method of METHODS) {
        const answer = await ask({ ...stranger, method, target })
        assert.equal(answer.status, 403, `${method} ${target} ${JSON.stringify(stranger)}`)
        assert.equal(answer.headers.get('access-control-allow-origin'), undefined)
        if (method !== 'HEAD') refusalOf(answer.body)
      }
  for (const host of ['127.0.0.1', `127.0.0.1:${port}`, `localhost:${port}`, 'LOCALHOST', '[::1]'])
    assert.equal((await ask({ host })).status, 200, host)
  assert.equal((await ask({ host: `127.0.0.1:${port}`, lines: [`Origin: http://127.0.0.1:${port}`] })).status, 200)
  await assertUnharmed(slipway)
})

test('200 requests sent without waiting are answered in their order', async () => {
  const count = 200
  const requests = Array.from({ length: count }, (_, at) =>
    rawRequest({ method: 'POST', target: INFER, lines: [`X-Request-Id: ${at}`], body: GOOD_BODY.replace('"data":[1', `"data":[${at}`) }),
  )
  const { answers } = await exchange(slipway.port, requests.join(''), { wanted: count })
  assert.equal(answers.length, count)
  for (const [at, answer] of answers.entries()) {
    assert.equal(answer.headers.get('x-request-id'), String(at))
    assert.match(answer.body, new RegExp(`"data":\\[${at},2,3,4\\]`))
  }
})

test('what was asked before a broken request is answered first', async () => {
  const sound = rawRequest({ method: 'POST', target: INFER, lines: ['X-Request-Id: first'], body: GOOD_BODY })
  const { answers } = await exchange(slipway.port, `${sound}nonsense\r\n\r\n`, { wanted: 2 })
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 400],
  )
  assert.equal(answers[0]?.headers.get('x-request-id'), 'first')
})

test('what follows a broken request on its connection is not read as another', async () => {
  const smuggled = rawRequest({ target: '/metrics' })
  const { answers } = await exchange(slipway.port, `${POST}Content-Length: 5, 6\r\n\r\n${smuggled}${smuggled}`, {
    wanted: 3,
    limitMs: 3000,
  })
  assert.deepEqual(
    answers.map(({ status }) => status),
    [400],
  )
})

test('a caller who asks first is told to go on, and a refused one gets its answer', async () => {
  const lines = ['Expect: 100-continue']
  const { answers } = await exchange(slipway.port, rawRequest({ method: 'POST', target: INFER, lines, body: GOOD_BODY }))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [100, 200],
  )
  const large = await exchange(slipway.port, `${POST}Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n`)
  assert.equal(large.answers.at(-1)?.status, 413)
})

test('a body on GET is left unread, and the next request on the connection is answered', async () => {
  const { answers } = await exchange(
    slipway.port,
    [rawRequest({ target: '/v2', body: 'x'.repeat(1000) }), rawRequest({ target: '/v2/health/live' })],
    { wanted: 2 },
  )
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  )
})

test('a content type with anything behind it is read by its name alone', async () => {
  for (const type of ['application/json; charset=utf-8', 'application/json\t;x', 'application/json;;;'])
    assert.equal((await ask({ method: 'POST', target: INFER, lines: [`Content-Type: ${type}`], body: GOOD_BODY })).status, 200, type)
})

test('a client that sends its headers too slowly is cut off with a reason', async () => {
  const startedAt = performance.now()
  const { answers, end } = await exchange(slipway.port, 'GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b', { limitMs: 15_000 })
  assert.notEqual(end, 'reset')
  const [answer] = answers
  assert.ok(answer !== undefined, 'an answer')
  assertRefused(answer, 408, /did not arrive in time/)
  assert.ok(performance.now() - startedAt < HEADERS_MS + 5000, 'cut soon after the limit')
})

test('a request for an upgrade is answered as the plain request that it is', async () => {
  const answer = await ask({
    target: '/v2',
    lines: ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13'],
  })
  assert.equal(answer.status, 200)
  assert.equal((await answerTo('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).status, 400)
  await assertUnharmed(slipway)
})
