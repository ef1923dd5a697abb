/** HTTP by node:http. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { tooLarge } from './body.ts'
import { GatheredBody } from './gathered-body.ts'
import type { Handle, HttpRequest, HttpResponse, HttpServer, HttpServerOptions } from './route.ts'
import { refuseUnusable, unusableRequest } from './server-node-refusals.ts'

/** Not imported: to import it reads every name it exports, the lazy ones too, and so loads all of `fetch`, 4 MB that no server needs. */
const { createServer } = process.getBuiltinModule('node:http')

/** How often Node looks for clients that are too slow (ms). */
const TIMEOUT_CHECK_MS = 2000
/** Non-empty chunks in one body; a flood of tiny ones costs more than its octets (as Triton bounds them). */
const MOST_CHUNKS = 65_536
/** Bodies up to this go out together with their headers. */
const ONE_WRITE_BYTES = 16 * 1024

/** V2's binary extension tells here how long the JSON before the tensors is. */
const HEAD_LENGTH = 'inference-header-content-length'

class NodeRequest implements HttpRequest {
  readonly #message: IncomingMessage
  readonly method: string
  readonly target: string
  readonly signal = { aborted: false }
  #body: GatheredBody | undefined

  constructor(message: IncomingMessage) {
    this.#message = message
    this.method = message.method ?? 'GET'
    this.target = message.url ?? '/'
  }

  readonly header = (name: string): string | undefined => {
    const value = this.#message.headers[name]
    return typeof value === 'object' ? value.join(', ') : value
  }

  read(limitBytes: number): Promise<Uint8Array> {
    const message = this.#message
    return new Promise((resolve, reject) => {
      const body = this.#gathered(limitBytes)
      this.#body = body
      const fail = (error: ServeError) => {
        message.removeAllListeners('data')
        // What still comes is read and dropped, so that the answer can be sent on this connection.
        message.resume()
        reject(error)
      }
      message.on('data', (chunk: Buffer) => {
        if (body.bytes + chunk.byteLength > limitBytes) return fail(tooLarge(limitBytes))
        body.add(chunk)
        if (body.chunks > MOST_CHUNKS)
          fail(new ServeError('INVALID_ARGUMENT', `the body comes in more than ${MOST_CHUNKS} chunks; send larger ones`))
      })
      message.on('end', () => resolve(body.whole()))
      message.on('error', (cause) => reject(new ServeError('CANCELLED', 'the caller went away before its body was complete', { cause })))
    })
  }

  letGo(): void {
    this.#body?.letGo()
  }

  #gathered(limitBytes: number): GatheredBody {
    const declared = Number(this.header('content-length') ?? Number.NaN)
    const head = Number(this.header(HEAD_LENGTH) ?? 0)
    return new GatheredBody(declared <= limitBytes ? declared : undefined, Number.isSafeInteger(head) && head > 0 ? head : 0)
  }
}

async function send(
  response: ServerResponse,
  answer: HttpResponse,
  options: { readonly head: boolean; readonly close: boolean },
): Promise<void> {
  const { status, headers, body } = answer
  if (response.destroyed) return
  if (options.close) response.setHeader('connection', 'close')
  if (typeof body === 'string' || body instanceof Uint8Array) {
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
    if (options.head) response.end()
    else if (typeof body === 'string' || body.byteLength > ONE_WRITE_BYTES) response.end(body)
    // As a string of octets, Node joins it to the headers and sends both in one write.
    else response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1')
    return
  }
  response.writeHead(status, headers)
  for await (const chunk of body) {
    if (response.destroyed) return
    if (!response.write(chunk)) await new Promise<void>((resolve) => response.once('drain', resolve).once('close', resolve))
  }
  response.end()
}

export async function listenNode(handle: Handle, clock: Clock, options: HttpServerOptions): Promise<HttpServer> {
  let stopping = false
  const server = createServer(
    {
      headersTimeout: options.headersTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      keepAliveTimeout: options.keepAliveMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // A second Host or Origin must be seen, not dropped: the guard refuses both.
      joinDuplicateHeaders: true,
      // Node's own refusal says nothing.
      requireHostHeader: false,
    },
    (message, response) => {
      if (message.headers.host === undefined && message.httpVersionMinor > 0) {
        void send(response, unusableRequest('Host'), { head: message.method === 'HEAD', close: true })
        return
      }
      refusals.underWay(message.socket, response)
      const request = new NodeRequest(message)
      response.on('close', () => {
        request.signal.aborted = !response.writableFinished
      })
      handle(request)
        .then((answer) => {
          // What is left of a refused body is read and dropped, so that the caller gets to see the answer.
          if (!message.complete) message.resume()
          return send(response, answer, { head: message.method === 'HEAD', close: stopping || (!message.complete && answer.status >= 400) })
        })
        // An answer that breaks off half-way can only be told by ending the connection.
        .catch((error: unknown) => response.destroy(error as Error))
    },
  )
  const refusals = refuseUnusable(server, clock)
  server.maxConnections = options.maxConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: options.port, host: options.host, reusePort: options.sharePort === true }, resolve)
  })
  const { address, family, port } = server.address() as AddressInfo
  let open = 0
  server.on('connection', (socket) => {
    open += 1
    socket.on('close', () => {
      open -= 1
    })
  })
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    connections: () => open,
    stop: (graceMs) => {
      stopping = true
      return new Promise((resolve) => {
        const cancel = clock.after(graceMs, () => server.closeAllConnections())
        server.close(() => {
          cancel()
          resolve()
        })
        server.closeIdleConnections()
      })
    },
  }
}
