/** What every HTTP server promises. Raw sockets, so that a polite client does not hide what is on the wire. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { errorJson, json, toServeError } from '../../src/http/respond.ts'
import type { Handle, HttpServer, HttpServerOptions } from '../../src/http/route.ts'

const OPTIONS: HttpServerOptions = {
  host: '127.0.0.1',
  port: 0,
  headersTimeoutMs: 2000,
  requestTimeoutMs: 4000,
  keepAliveMs: 5000,
  maxConnections: 100,
  deadlineMs: 1000,
}
const LIMIT = 1 << 20

type Listen = (handle: Handle, clock: typeof systemClock, options: HttpServerOptions) => Promise<HttpServer>

/** Answers the length of the body, or what the path asks for. */
const handle: Handle = async (request) => {
  try {
    if (request.target.startsWith('/stream')) return { status: 200, headers: { 'content-type': 'text/plain' }, body: stream() }
    if (request.target.startsWith('/slow')) await systemClock.sleep(150)
    if (request.target.startsWith('/long')) await systemClock.sleep(4500)
    if (request.target.startsWith('/bytes')) return { status: 200, headers: {}, body: Uint8Array.of(0, 255, 128, 10) }
    const body = request.method === 'GET' ? new Uint8Array() : await request.read(LIMIT)
    return json({ method: request.method, target: request.target, bytes: body.byteLength, header: request.header('x-test') })
  } catch (error) {
    return errorJson(toServeError(error))
  }
}

async function* stream(): AsyncGenerator<Uint8Array> {
  for (const part of ['one ', 'two ', 'three']) yield Buffer.from(part)
}

/** Sends raw octets and reads until the server closes, or `until` is seen. */
function raw(url: string, parts: readonly (string | Uint8Array)[], until: RegExp): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let seen = ''
    const socket = connect(Number(port), hostname, () => {
      for (const part of parts) socket.write(part)
    })
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      seen += chunk
      if (until.test(seen)) socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(seen))
  })
}

const started = async (listen: Listen) => {
  const server = await listen(handle, systemClock, OPTIONS)
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.stop(0) })
}

export function testHttpServer(name: string, listen: Listen): void {
  test(`${name}: method, target, headers and body arrive as they were sent`, async () => {
    await using server = await started(listen)
    const answer = await fetch(`${server.url}/a%2fb/../c?x=%20`, { method: 'POST', body: 'hello', headers: { 'x-test': 'yes' } })
    assert.deepEqual(await answer.json(), { method: 'POST', target: '/c?x=%20', bytes: 5, header: 'yes' })
  })

  test(`${name}: octets and streams are answered unchanged`, async () => {
    await using server = await started(listen)
    assert.deepEqual(new Uint8Array(await (await fetch(`${server.url}/bytes`)).arrayBuffer()), Uint8Array.of(0, 255, 128, 10))
    assert.equal(await (await fetch(`${server.url}/stream`)).text(), 'one two three')
  })

  test(`${name}: a HEAD is answered without a body`, async () => {
    await using server = await started(listen)
    const seen = await raw(server.url, ['HEAD /x HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n'], /never/)
    assert.match(seen, /^HTTP\/1\.1 200 /)
    assert.equal(seen.split('\r\n\r\n')[1], '')
  })

  test(`${name}: a chunked body past the limit is refused with an answer, not a reset`, async () => {
    await using server = await started(listen)
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const seen = await raw(
      server.url,
      [
        'POST /x HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n',
        ...Array.from({ length: 20 }, () => chunk),
        '0\r\n\r\n',
      ],
      /"error"/,
    )
    assert.match(seen, /^HTTP\/1\.1 413 /)
  })

  test(`${name}: requests are answered after a refused one on the same server`, async () => {
    await using server = await started(listen)
    await raw(server.url, ['POST /x HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: nonsense\r\n\r\n'], /\r\n\r\n/)
    assert.equal((await fetch(`${server.url}/ok`)).status, 200)
  })

  test(`${name}: an answer may take longer than a connection may be idle`, async () => {
    const server = await listen(handle, systemClock, { ...OPTIONS, keepAliveMs: 1000 })
    assert.equal((await fetch(`${server.url}/long`, { method: 'POST', body: 'x' })).status, 200)
    await server.stop(0)
  })

  test(`${name}: an idle connection is closed, also after an answer`, async () => {
    const server = await listen(handle, systemClock, { ...OPTIONS, keepAliveMs: 1000 })
    const seen = await raw(server.url, ['GET /x HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'], /never/)
    assert.match(seen, /^HTTP\/1\.1 200 /)
    await server.stop(0)
  })

  test(`${name}: stop answers what is under way and accepts nothing new`, async () => {
    const server = await listen(handle, systemClock, OPTIONS)
    const slow = fetch(`${server.url}/slow`)
    await systemClock.sleep(50)
    const stopping = server.stop(2000)
    assert.equal((await slow).status, 200)
    await stopping
    await assert.rejects(fetch(`${server.url}/new`))
  })

  test(`${name}: a port that is taken is an error, not a silence`, async () => {
    await using server = await started(listen)
    await assert.rejects(listen(handle, systemClock, { ...OPTIONS, port: Number(new URL(server.url).port) }))
  })
}
