import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ServeError } from '@slipway/protocol'
import { createGuard } from '../../src/http/guard.ts'
import { createHandle } from '../../src/http/handle.ts'
import { errorJson, json, text } from '../../src/http/respond.ts'
import type { Call, Route } from '../../src/http/route.ts'
import { createRouter } from '../../src/http/router.ts'
import type { Logger } from '../../src/observe/logger.ts'
import { fakeClock } from '../support/clock.ts'
import { type FakeRequest, fakeRequest } from '../support/http.ts'

function setUp(handle: Route['handle'], options: { readonly bodyLimitBytes?: number } = {}) {
  const clock = fakeClock()
  const logged: unknown[] = []
  let held = 0
  const route = (path: string, method: Route['method']): Route => ({
    method,
    path,
    access: 'infer',
    handle,
    problem: (error) => text(`! ${error.message}`, 'text/plain', error.status),
  })
  const run = createHandle({
    router: createRouter([route('/echo/:name', 'POST'), route('/echo/:name', 'GET')]),
    guard: createGuard({ checkHost: true, allowedHosts: [] }),
    admit: (bytes) => {
      held += bytes
      return () => {
        held -= bytes
      }
    },
    nextRequestId: () => 'made-1',
    clock,
    logger: { error: (fields: unknown) => logged.push(fields) } as unknown as Logger,
    bodyLimitBytes: options.bodyLimitBytes ?? 1000,
    deadlineMs: 5000,
  })
  return { run, ask: (request: FakeRequest) => run(fakeRequest(request)), logged, clock, held: () => held }
}

test('a request reaches its handler with parameters, query, body and deadline', async () => {
  const seen: Call[] = []
  const { ask, clock, held } = setUp((call) => {
    seen.push(call)
    return json({ ok: true })
  })
  const answer = await ask({ method: 'POST', target: '/echo/a%20b?k=v', headers: { 'x-slipway-deadline-ms': '70' }, body: 'hello' })
  assert.deepEqual([answer.status, answer.headers['x-request-id'], answer.body], [200, 'made-1', '{"ok":true}'])
  const [call] = seen
  assert.deepEqual(
    [call?.params.name, call?.query.get('k'), String(call?.body), (call?.deadline ?? 0) - clock.monotonic()],
    ['a b', 'v', 'hello', 70],
  )
  assert.equal(held(), 0)
})

test("the caller's request id is kept when it is harmless, else replaced", async () => {
  const { ask } = setUp(() => json({}))
  assert.equal((await ask({ target: '/echo/x', headers: { 'x-request-id': 'abc-1' } })).headers['x-request-id'], 'abc-1')
  assert.equal((await ask({ target: '/echo/x', headers: { 'x-request-id': 'a\r\nset-cookie: x' } })).headers['x-request-id'], 'made-1')
})

test('a deadline is never longer than the server allows, and must be a number', async () => {
  const seen: number[] = []
  const { ask, clock } = setUp((call) => {
    seen.push(call.deadline - clock.monotonic())
    return json({})
  })
  await ask({ target: '/echo/x', headers: { 'x-slipway-deadline-ms': '999999' } })
  assert.deepEqual(seen, [5000])
  for (const bad of ['-1', 'soon', '1e3', '']) {
    assert.equal((await ask({ target: '/echo/x', headers: { 'x-slipway-deadline-ms': bad } })).status, 400, bad)
  }
})

test('errors are told in the words of the route, also before its handler ran', async () => {
  const { ask, held } = setUp(() => {
    throw new ServeError('NOT_FOUND', 'no such thing')
  })
  assert.deepEqual(await ask({ target: '/echo/x' }).then(({ status, body }) => [status, body]), [404, '! no such thing'])
  const large = await ask({ method: 'POST', target: '/echo/x', headers: { 'content-length': '2000' } })
  assert.deepEqual([large.status, String(large.body).startsWith('! the body is larger than 1000 octets')], [413, true])
  assert.equal(held(), 0)
})

test('what is thrown that is no error of ours stays in the log', async () => {
  const { ask, logged } = setUp(() => {
    throw new TypeError('secret /etc/path')
  })
  const answer = await ask({ target: '/echo/x' })
  assert.equal(answer.status, 500)
  assert.doesNotMatch(String(answer.body), /secret|path/)
  assert.equal(logged.length, 1)
})

test('unknown paths are 404, known ones with another method 405 with those possible', async () => {
  const { ask } = setUp(() => json({}))
  const answers = [
    await ask({ target: '/nothing' }),
    await ask({ method: 'DELETE', target: '/echo/x' }),
    await ask({ method: 'BREW', target: '/echo/x' }),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [404, 405, 405],
  )
  assert.match(String(answers[1]?.body), /takes GET, POST/)
  assert.deepEqual(
    answers.map(({ headers }) => headers.allow),
    [undefined, 'GET, HEAD, POST', 'GET, HEAD, POST'],
  )
})

test('a page of a stranger is refused on every verb, and a stranger’s name in Host too', async () => {
  const { ask } = setUp(() => json({}))
  for (const method of ['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS']) {
    assert.equal((await ask({ method, target: '/echo/x', headers: { origin: 'http://evil.example' } })).status, 403, method)
    assert.equal((await ask({ method, target: '/echo/x', headers: { host: 'evil.example' } })).status, 403, method)
  }
})

test('an error text is cut, so that the answer stays below 4 KB', () => {
  const { body } = errorJson(new ServeError('INVALID_ARGUMENT', 'x'.repeat(100_000)))
  assert.ok(Buffer.byteLength(String(body)) < 4096)
})

test('what may be tried again says when', () => {
  assert.equal(errorJson(new ServeError('UNAVAILABLE', 'busy')).headers['retry-after'], '1')
  assert.equal(errorJson(new ServeError('INVALID_ARGUMENT', 'bad')).headers['retry-after'], undefined)
})

test('two routes of one path are an error at start', () => {
  const route: Route = { method: 'GET', path: '/a', access: 'public', handle: () => json({}), problem: errorJson }
  assert.throws(() => createRouter([route, route]))
})

test('a body that unpacks to more than it declared takes up what it holds, and gives all of it back', async () => {
  const during: number[] = []
  const { ask, held } = setUp(() => {
    during.push(held())
    return json({})
  })
  const body = gzipSync(Buffer.alloc(900))
  await ask({ method: 'POST', target: '/echo/x', headers: { 'content-encoding': 'gzip', 'content-length': String(body.byteLength) }, body })
  assert.deepEqual(during, [900])
  assert.equal(held(), 0)
})

test('a body is let go after an answer with outputs, and kept while something else may still hold it', async () => {
  const cases: readonly [Route['handle'], number][] = [
    [() => json({}), 1],
    [() => ({ status: 202, headers: {}, body: '' }), 0],
    [() => ({ status: 200, headers: {}, body: (async function* () {})() }), 0],
    [
      () => {
        throw new ServeError('DEADLINE_EXCEEDED', 'too late')
      },
      0,
    ],
  ]
  for (const [handle, expected] of cases) {
    const calls: number[] = []
    const { run } = setUp(handle)
    await run({ ...fakeRequest({ method: 'POST', target: '/echo/a', body: 'hello' }), letGo: () => void calls.push(1) })
    assert.equal(calls.length, expected)
  }
})
