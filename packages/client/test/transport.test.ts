import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallOptions } from '../src/call-scope.ts'
import { SlipwayError } from '../src/slipway-error.ts'
import type { Call, Transport } from '../src/transport.ts'
import { FakeClock } from './support/fake-clock.ts'
import { answer, cutOff, inTurn, reset, silent, startTestServer } from './support/test-server.ts'
import { transportTo } from './support/transport.ts'

const CALL: Call = { method: 'POST', path: '/v2/models/m/infer', body: '{}' }
const good = answer(200, { ok: true })
const busy = (headers = {}) => answer(503, { error: 'no replica of model "m" is ready; try again' }, headers)

const send = (transport: Transport, options: CallOptions = {}, call = CALL) =>
  transport.within(options, (scope) => transport.send(call, scope))

/** Waits short enough to be a back-off are skipped; deadlines are held. */
const skipping = () => new FakeClock(5000)

test('a call that succeeds at once is sent once', async () => {
  await using server = await startTestServer(good)
  const transport = transportTo(server.url, { clock: skipping() })
  const reply = await send(transport)
  assert.equal(new TextDecoder().decode(reply.body), '{"ok":true}')
  assert.deepEqual(transport.stats, { calls: 1, attempts: 1, retries: 0, failures: 0, retriesRefused: 0, inFlight: 0 })
})

for (const [name, fault] of [
  ['a 503', busy()],
  ['a 429', answer(429, { error: 'over quota' })],
  ['a proxy that found no server', answer(502, '<html>Bad Gateway</html>')],
  ['a reset', reset],
  ['an answer cut off', cutOff],
] as const)
  test(`${name} is sent again, and the good answer is given`, async () => {
    await using server = await startTestServer(inTurn(fault, fault, good))
    const transport = transportTo(server.url, { clock: skipping() })
    assert.equal((await send(transport)).status, 200)
    assert.equal(server.received.length, 3)
    assert.equal(transport.stats.retries, 2)
  })

for (const status of [400, 401, 403, 404, 405, 413, 415, 422, 499, 500, 501, 504])
  test(`a ${status} is final`, async () => {
    await using server = await startTestServer(answer(status, { error: 'no' }))
    await assert.rejects(send(transportTo(server.url, { clock: skipping() })), (error) => SlipwayError.is(error) && error.status === status)
    assert.equal(server.received.length, 1)
  })

test('one call makes three attempts and then gives the last failure', async () => {
  await using server = await startTestServer(busy())
  const failure = await send(transportTo(server.url, { clock: skipping() })).catch((error: unknown) => error)
  assert.ok(SlipwayError.is(failure, 'UNAVAILABLE'))
  assert.equal(failure.message, 'no replica of model "m" is ready; try again')
  assert.equal(failure.retryable, true)
  assert.equal(server.received.length, 3)
})

test('back-off is fully jittered between nothing and a step that doubles', async () => {
  await using server = await startTestServer(busy())
  const clock = skipping()
  const random = [0, 0.999, 0.25]
  const transport = transportTo(server.url, {
    clock,
    retry: { attempts: 4, firstDelayMs: 100, mostDelayMs: 150 },
    random: () => random.shift() ?? 0,
  })
  await assert.rejects(send(transport))
  assert.deepEqual(clock.skipped, [0, 0.999 * 150, 0.25 * 150])
})

test('Retry-After is waited for, with jitter on top', async () => {
  await using server = await startTestServer(inTurn(busy({ 'retry-after': '2' }), good))
  const clock = skipping()
  await send(transportTo(server.url, { clock, retry: { firstDelayMs: 50 } }))
  assert.deepEqual(clock.skipped, [2000 + 25])
})

test('a Retry-After past the deadline ends the call at once with what the server said', async () => {
  await using server = await startTestServer(busy({ 'retry-after': '2' }))
  const clock = new FakeClock(1000)
  const failure = await send(transportTo(server.url, { clock }), { deadlineMs: 1500 }).catch((error: unknown) => error)
  assert.ok(SlipwayError.is(failure, 'UNAVAILABLE'))
  assert.equal(failure.retryAfterMs, 2000)
  assert.equal(server.received.length, 1)
  assert.equal(clock.pending, 0)
})

test('while a server answers 503, retries stay within a tenth of the calls and the floor', async () => {
  await using server = await startTestServer(busy())
  const calls = 600
  const transport = transportTo(server.url, { clock: skipping() })
  for (let call = 0; call < calls; call += 20) await Promise.allSettled(Array.from({ length: 20 }, () => send(transport)))
  const { attempts, retries, failures, retriesRefused } = transport.stats
  const extra = server.received.length - calls
  assert.equal(attempts, server.received.length)
  assert.equal(extra, retries)
  assert.equal(failures, calls)
  assert.ok(extra <= calls * 0.1 + 10, `${extra} extra attempts for ${calls} calls`)
  assert.ok(extra >= calls * 0.1, `the budget is used: ${extra} extra attempts`)
  assert.ok(retriesRefused > 0)
})

test('the time that remains is told to the server, less for each attempt', async () => {
  await using server = await startTestServer(inTurn(busy(), good))
  await send(transportTo(server.url, { clock: skipping(), retry: { firstDelayMs: 200 } }), { deadlineMs: 8000 })
  assert.deepEqual(
    server.received.map(({ headers }) => headers['x-slipway-deadline-ms']),
    ['8000', '7900'],
  )
})

test('a call past its deadline fails, is not sent again, and leaves no timer', async () => {
  await using server = await startTestServer(silent)
  const clock = new FakeClock()
  const call = send(transportTo(server.url, { clock }), { deadlineMs: 250 })
  await server.arrived(1)
  clock.advance(250)
  await assert.rejects(
    call,
    (error) =>
      SlipwayError.is(error, 'DEADLINE_EXCEEDED') &&
      error.message === 'no answer within the deadline of 250 ms; allow more with deadlineMs',
  )
  assert.equal(server.received.length, 1)
  assert.equal(clock.pending, 0)
})

test('an abort ends a call that is under way, with the caller’s reason as its cause', async () => {
  await using server = await startTestServer(silent)
  const clock = new FakeClock()
  const controller = new AbortController()
  const call = send(transportTo(server.url, { clock }), { signal: controller.signal })
  await server.arrived(1)
  controller.abort('typing went on')
  await assert.rejects(call, (error) => SlipwayError.is(error, 'ABORTED') && error.cause === 'typing went on' && !error.retryable)
  assert.equal(clock.pending, 0)
})

test('an abort during the back-off ends the call without another attempt', async () => {
  await using server = await startTestServer(busy({ 'retry-after': '10' }))
  const clock = new FakeClock()
  const controller = new AbortController()
  const slept = Promise.withResolvers<void>()
  const watched = watching(clock, 10_000, slept.resolve)
  const call = send(transportTo(server.url, { clock: watched }), { signal: controller.signal })
  await slept.promise
  controller.abort()
  await assert.rejects(call, (error) => SlipwayError.is(error, 'ABORTED'))
  assert.equal(server.received.length, 1)
  assert.equal(clock.pending, 0)
})

/** The clock, telling when a timer of at least `ms` and under a deadline's length is set. */
function watching(clock: FakeClock, ms: number, seen: () => void) {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delay: number, fn: () => void) => {
      if (delay >= ms && delay < 30_000) seen()
      return clock.after(delay, fn)
    },
  }
}

test('a signal that is aborted already sends nothing', async () => {
  await using server = await startTestServer(good)
  await assert.rejects(send(transportTo(server.url, { clock: new FakeClock() }), { signal: AbortSignal.abort() }), (error) =>
    SlipwayError.is(error, 'ABORTED'),
  )
  assert.equal(server.received.length, 0)
})

test('a server that is not there is a NETWORK error that names the address and the reason', async () => {
  const server = await startTestServer(good)
  await server[Symbol.asyncDispose]()
  const failure = await send(transportTo(server.url, { clock: skipping() })).catch((error: unknown) => error)
  assert.ok(SlipwayError.is(failure, 'NETWORK'))
  assert.match(failure.message, new RegExp(`^POST ${server.url}/v2/models/m/infer got no answer: .*ECONNREFUSED`))
  assert.equal(failure.retryable, true)
})

test('an admin answer that is no JSON says so', async () => {
  await using server = await startTestServer(answer(200, '<html>the wrong port</html>', { 'x-request-id': 'r1' }))
  const transport = transportTo(server.url, { clock: skipping() })
  const failure = await transport
    .within({}, (scope) => transport.json({ method: 'GET', path: '/api/v1/models' }, scope))
    .catch((error: unknown) => error)
  assert.ok(SlipwayError.is(failure, 'INTERNAL'))
  assert.equal(failure.message, `GET ${server.url}/api/v1/models answered 200 with a body that is no JSON; is a Slipway server there?`)
  assert.equal(failure.requestId, 'r1')
})
