/** What never gets as far as a route is told why in V2's shape; Node alone would say nothing, or close. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import type { HttpResponse } from './route.ts'

// As in server-node: an import would load far more.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** How long a refused caller may take to read why (ms). */
const LINGER_MS = 2000

interface Refusal extends HttpResponse {
  readonly body: string
}

const refusal = (status: number, error: string): Refusal => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error }),
})

/** For what the parser gave up on; `code` is the code of its error. */
function brokenRequest(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW')
    return refusal(431, 'the headers of the request are larger than 16384 octets; send fewer or shorter ones')
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return refusal(413, 'the chunk extensions of the body are larger than 16384 octets; send chunks without extensions')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return refusal(408, 'the request did not arrive in time; send it faster, or raise http.headersTimeoutMs or http.requestTimeoutMs')
  return refusal(
    400,
    'this is no valid HTTP/1.1 request (RFC 9112): its request line, headers or chunks are malformed or contradict each other',
  )
}

const UNUSABLE = {
  CONNECT: refusal(405, 'this server is no proxy; CONNECT is not possible here'),
  Expect: refusal(417, 'the only expectation that can be met is "Expect: 100-continue"; send the request without that header'),
  Host: refusal(400, 'the request has no Host header, which HTTP/1.1 requires (RFC 9112 §3.2); send one'),
} as const

/** For a request that HTTP knows and this server has no use for. */
export function unusableRequest(what: keyof typeof UNUSABLE): Refusal {
  return UNUSABLE[what]
}

export interface Refusals {
  /** To be told of each request, so that a refusal never ends up inside or before an answer that is due. */
  underWay(socket: Duplex, response: ServerResponse): void
}

export function refuseUnusable(server: Server, clock: Clock): Refusals {
  const underWay = new WeakMap<Duplex, Set<ServerResponse>>()
  const told = new WeakSet<Duplex>()
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Whatever still comes is broken, too, and is reported again.
    if (told.has(socket)) return
    told.add(socket)
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const due = [...(underWay.get(socket) ?? [])]
    const own = due.find(({ req }) => !req.complete)
    if (own?.headersSent) socket.destroy()
    else
      void Promise.all(due.filter((response) => response !== own).map(closed)).then(() => endWith(socket, brokenRequest(error.code), clock))
  })
  server.on('connect', (_message: IncomingMessage, socket: Duplex) => endWith(socket, UNUSABLE.CONNECT, clock))
  server.on('checkExpectation', (_message: IncomingMessage, response: ServerResponse) => {
    const { status, headers, body } = UNUSABLE.Expect
    response.writeHead(status, { ...headers, connection: 'close', 'content-length': Buffer.byteLength(body) }).end(body)
  })
  return {
    underWay: (socket, response) => {
      const responses = underWay.get(socket) ?? new Set()
      underWay.set(socket, responses.add(response))
      response.once('close', () => responses.delete(response))
    },
  }
}

const closed = (response: ServerResponse) => new Promise<void>((resolve) => response.once('close', resolve))

/** Closing with octets unread would reset the connection, and the caller would not see why; so they are read and dropped for a while. */
function endWith(socket: Duplex, { status, headers, body }: Refusal, clock: Clock): void {
  const lines = Object.entries({ ...headers, connection: 'close', 'content-length': Buffer.byteLength(body) })
  const cancel = clock.after(LINGER_MS, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.once('close', cancel)
  socket.resume()
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
}
