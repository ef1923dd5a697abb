import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { errorJson, json, toServeError } from '../../src/http/respond.ts'
import { listenNode } from '../../src/http/server-node.ts'
import { testHttpServer } from '../contract/http-server.ts'

testHttpServer('node', listenNode)

/** Sends a body in chunks of one octet and answers the status line. */
async function chunked(count: number): Promise<string> {
  const server = await listenNode(
    async (request) => {
      try {
        return json({ bytes: (await request.read(1 << 20)).byteLength })
      } catch (error) {
        return errorJson(toServeError(error))
      }
    },
    systemClock,
    {
      host: '127.0.0.1',
      port: 0,
      headersTimeoutMs: 5000,
      requestTimeoutMs: 20_000,
      keepAliveMs: 1000,
      maxConnections: 10,
      deadlineMs: 10_000,
    },
  )
  const seen = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n')
    socket.write('1\r\nx\r\n'.repeat(count))
    socket.write('0\r\n\r\n')
    socket.setEncoding('latin1')
    socket.once('data', (data) => {
      resolve(String(data).split('\r\n')[0] as string)
      socket.destroy()
    })
  })
  await server.stop(0)
  return seen
}

test('65,536 chunks in one body are taken, one more is refused', async () => {
  assert.equal(await chunked(65_536), 'HTTP/1.1 200 OK')
  assert.equal(await chunked(65_537), 'HTTP/1.1 400 Bad Request')
})
