import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Slipway } from '../src/slipway.ts'
import { SlipwayError } from '../src/slipway-error.ts'
import { answer, type Received, reset, startTestServer } from './support/test-server.ts'

test('the admin API is read as it is written', async () => {
  const server = await startTestServer((received, response) => {
    const bodies: Record<string, object> = {
      '/api/v1/server': { version: '0.1.0', runtime: 'node', startedAt: '2026-01-01T00:00:00Z', models: [] },
      '/api/v1/models': { models: [{ name: 'digits' }] },
      '/api/v1/models/digits': { name: 'digits' },
      '/api/v1/models/digits/examples': { examples: [{ name: 'seven', request: {} }] },
    }
    const body = bodies[received.path]
    return answer(body === undefined ? 404 : 200, body ?? { error: 'no such route' })(received, response)
  })
  await using _ = server
  const slipway = new Slipway(server.url)
  assert.equal((await slipway.server()).version, '0.1.0')
  assert.deepEqual(await slipway.models(), [{ name: 'digits' }])
  assert.deepEqual(await slipway.model('digits').info(), { name: 'digits' })
  assert.deepEqual(await slipway.examples('digits'), [{ name: 'seven', request: {} }])
  await assert.rejects(slipway.examples('no/such'), { code: 'NOT_FOUND', status: 404, message: 'no such route' })
  assert.equal(server.received.at(-1)?.path, '/api/v1/models/no%2Fsuch/examples')
})

test('the key and the headers go with every request', async () => {
  await using server = await startTestServer(answer(200, { models: [] }))
  await new Slipway(server.url, { apiKey: 'k-1', headers: { 'x-team': 'a' } }).models()
  const headers = server.received[0]?.headers
  assert.equal(headers?.authorization, 'Bearer k-1')
  assert.equal(headers?.['x-team'], 'a')
})

test('a server below a path is called below it', async () => {
  await using server = await startTestServer(answer(200, { models: [] }))
  await new Slipway(`${server.url}/ml/?x#y`).models()
  assert.equal(server.received[0]?.path, '/ml/api/v1/models')
})

test('the plain answer takes values by name or one picture, for the version that is pinned', async () => {
  const plain = { model: 'digits', version: '2', outputs: { label: [7] }, timing: {}, batchRows: 1 }
  await using server = await startTestServer(answer(200, plain))
  const model = new Slipway(server.url).model('digits', { version: '2' })
  assert.equal(JSON.stringify(await model.plain({ x: [[1, 2]] })), JSON.stringify(plain))
  await model.plain(new Blob([new Uint8Array([1, 2])], { type: 'image/png' }))
  const [values, picture] = server.received as [Received, Received]
  assert.equal(values.path, '/api/v1/models/digits/predict')
  assert.equal(values.headers['x-slipway-version'], '2')
  assert.equal(new TextDecoder().decode(values.body), '{"inputs":{"x":[[1,2]]}}')
  assert.equal(picture.headers['content-type'], 'image/png')
  assert.deepEqual([...picture.body], [1, 2])
})

test('live and ready are yes or no, and ask once', async () => {
  await using server = await startTestServer(answer(200, ''))
  const slipway = new Slipway(server.url)
  assert.deepEqual([await slipway.live(), await slipway.ready(), await slipway.model('m', { version: '1' }).ready()], [true, true, true])
  assert.deepEqual(
    server.received.map(({ path }) => path),
    ['/v2/health/live', '/v2/health/ready', '/v2/models/m/versions/1/ready'],
  )
  for (const behaviour of [answer(503, { error: 'no' }), answer(400, ''), reset]) {
    const before = server.received.length
    server.behave(behaviour)
    assert.equal(await slipway.ready(), false)
    assert.equal(server.received.length, before + 1)
  }
  server.behave(answer(401, { error: 'a key is needed' }))
  await assert.rejects(slipway.ready(), (error) => SlipwayError.is(error, 'UNAUTHENTICATED'))
})

test('an address or a name that can be none is refused when it is given', () => {
  assert.throws(() => new Slipway('127.0.0.1:8080'), /^TypeError: .*address/)
  assert.throws(() => new Slipway(''), /^TypeError: "" is no address of a server; give one such as http:\/\/127.0.0.1:8080$/)
  assert.throws(() => new Slipway('ftp://host'), /begins with http:\/\/ or https:\/\/, got ftp:\/\//)
  assert.throws(
    () => new Slipway('http://me:secret@host'),
    (error: Error) => /give a key as apiKey/.test(error.message) && !error.message.includes('secret'),
  )
  assert.throws(() => new Slipway('http://host').model(''), /a model needs a name/)
  assert.throws(() => new Slipway('http://host', { apiKey: 'line\nbreak' }), TypeError)
})

test('a deadline that is none is refused', async () => {
  await assert.rejects(
    new Slipway('http://127.0.0.1:9').models({ deadlineMs: 0 }),
    /^RangeError: deadlineMs must be a number above 0, got 0$/,
  )
  await assert.rejects(new Slipway('http://127.0.0.1:9').models({ deadlineMs: Number.NaN }), RangeError)
})

test('codes narrow the error', () => {
  const error: unknown = new SlipwayError('UNAVAILABLE', 'x', { retryAfterMs: 5 })
  assert.equal(SlipwayError.is(new Error('x')), false)
  assert.equal(SlipwayError.is(error, 'NETWORK'), false)
  assert.ok(SlipwayError.is(error, 'UNAVAILABLE', 'NETWORK'))
  const code: 'UNAVAILABLE' | 'NETWORK' = error.code
  assert.equal(code, 'UNAVAILABLE')
})
