/** gRPC by node:http2: the same admission, limits, deadlines and errors as HTTP, told in gRPC's words. */
import { constants, createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { quoted, ServeError } from '@slipway/protocol'
import { callerRequestId } from '../observe/trace.ts'
import { toServeError } from './respond.ts'
import type { Parts, RpcCall, RpcMessage, RpcMethod, RpcServer, RpcServerOptions, RpcStreamCall, StreamMethod, UnaryMethod } from './rpc.ts'
import { MessageReader } from './server-grpc-messages.ts'
import { ANSWER_HEADERS, framed, parseTimeout, statusTrailers } from './server-grpc-wire.ts'

/** Octets that a caller may send ahead, for each stream and over all streams of a connection. */
const STREAM_WINDOW_BYTES = 1024 * 1024
const CONNECTION_WINDOW_BYTES = 8 * 1024 * 1024
const MOST_STREAMS = 1000
/** How long a caller may go on sending after its answer (ms). */
const LINGER_MS = 1000
/** Made once: the text of its stack is the dearest part of an error. */
const GONE = new ServeError('CANCELLED', 'the caller has gone')

export async function listenGrpc(options: RpcServerOptions): Promise<RpcServer> {
  const methods = new Map(options.methods.map((method) => [method.path, method]))
  const server = createServer({ settings: { initialWindowSize: STREAM_WINDOW_BYTES, maxConcurrentStreams: MOST_STREAMS } })
  const sessions = new Set<ServerHttp2Session>()
  const calls = new Set<Exchange>()
  server.maxConnections = options.maxConnections
  server.on('session', (session) => {
    sessions.add(session)
    session.setLocalWindowSize?.(CONNECTION_WINDOW_BYTES)
    // A connection that breaks is the business of its streams, which are told.
    session.on('error', () => undefined)
    session.on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    const call = new Exchange(stream, headers, options)
    calls.add(call)
    stream.on('close', () => calls.delete(call))
    void call.serve(methods)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(unusable(error, options)))
    server.listen(options.port, options.host, () => resolve())
  })
  const { address, port } = server.address() as AddressInfo
  return {
    address: `${address.includes(':') ? `[${address}]` : address}:${port}`,
    stop: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const call of calls) call.stopping()
      for (const session of sessions) session.close()
      const cancel = options.clock.after(graceMs, () => {
        for (const session of sessions) session.destroy()
      })
      await closed
      cancel()
    },
  }
}

function unusable(error: NodeJS.ErrnoException, { host, port }: RpcServerOptions): Error {
  if (error.code !== 'EADDRINUSE') return error
  return new ServeError(
    'FAILED_PRECONDITION',
    `port ${port} of ${host}, for gRPC, is taken; choose another with --grpc-port, 0 for any free one, or off for none`,
    { cause: error },
  )
}

/** One call, from its headers to its trailers. */
class Exchange {
  readonly #stream: ServerHttp2Stream
  readonly #headers: IncomingHttpHeaders
  readonly #options: RpcServerOptions
  readonly #requestId: string
  readonly #signal = { aborted: false }
  #reader: MessageReader | undefined
  /** Of a call that stays open. An AbortController for each call would cost as much as the rest of it. */
  #open: AbortController | undefined

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, options: RpcServerOptions) {
    this.#stream = stream
    this.#headers = headers
    this.#options = options
    this.#requestId = callerRequestId(this.#header('x-request-id')) ?? options.nextRequestId()
    stream.on('error', () => this.#leave())
    stream.on('close', () => this.#leave())
  }

  readonly #header = (name: string): string | undefined => {
    const value = this.#headers[name]
    return typeof value === 'object' ? value.join(', ') : value
  }

  /** Ends a call that would stay open. */
  stopping(): void {
    if (this.#open === undefined) return
    const reason = new ServeError('UNAVAILABLE', 'the server is stopping; open the stream again')
    this.#reader?.fail(reason)
    this.#open.abort(reason)
  }

  #leave(): void {
    this.#signal.aborted = true
    this.#open?.abort(GONE)
  }

  async serve(methods: ReadonlyMap<string, RpcMethod>): Promise<void> {
    if (!this.#speaksGrpc()) return
    const { admit, clock, messageLimitBytes, logger } = this.#options
    try {
      const method = methods.get(String(this.#headers[':path']))
      if (method === undefined) throw new ServeError('UNIMPLEMENTED', unknownMethod(String(this.#headers[':path']), methods))
      const encoding = this.#header('grpc-encoding')
      const { bulkOffset = () => undefined } = method
      this.#reader = new MessageReader(this.#stream, { admit, clock, limitBytes: messageLimitBytes, encoding, bulkOffset })
      if (method.kind === 'unary') await this.#unary(method, this.#reader)
      else await this.#stay(method, this.#reader)
    } catch (thrown) {
      const error = toServeError(thrown)
      if (error.code === 'INTERNAL') logger.error({ requestId: this.#requestId, error: thrown }, 'a call failed')
      this.#end(statusTrailers(error))
    } finally {
      this.#reader?.close()
    }
  }

  /** Anything else is told in HTTP's words: its sender reads no trailers. */
  #speaksGrpc(): boolean {
    const isGrpc = /^application\/grpc(?:\+proto)?(?:;|$)/.test(this.#header('content-type') ?? '')
    if (isGrpc && this.#headers[':method'] === 'POST') return true
    this.#stream.respond({ ':status': isGrpc ? 405 : 415, 'content-type': 'text/plain; charset=utf-8' })
    this.#stream.end('this port speaks gRPC: POST with content-type application/grpc\n')
    return false
  }

  #call(startedAt: number): RpcCall {
    const asked = Math.min(parseTimeout(this.#header('grpc-timeout')) ?? Number.POSITIVE_INFINITY, this.#options.deadlineMs)
    return { requestId: this.#requestId, header: this.#header, signal: this.#signal, deadline: startedAt + asked }
  }

  async #unary(method: UnaryMethod, reader: MessageReader): Promise<void> {
    const { clock } = this.#options
    const startedAt = clock.monotonic()
    const call = this.#call(startedAt)
    const waits = call.deadline - startedAt
    const message = await reader.next(waits, waits)
    if (message === undefined) throw new ServeError('INVALID_ARGUMENT', `${quoted(method.path)} takes one message, and none came`)
    reader.drop()
    const { message: answer, trailers = {} } = await method.handle(message.bytes, call)
    this.#respond()
    this.#write(answer)
    this.#end({ ...trailers, ...statusTrailers(undefined) })
  }

  async #stay(method: StreamMethod, reader: MessageReader): Promise<void> {
    const open = new AbortController()
    this.#open = open
    const { clock, messageTimeoutMs, deadlineMs } = this.#options
    const until = parseTimeout(this.#header('grpc-timeout'))
    const endsAt = until === undefined ? undefined : clock.monotonic() + until
    const expire = until === undefined ? undefined : clock.after(until, () => reader.fail(overdue(until)))
    const call = (): RpcStreamCall => {
      const now = clock.monotonic()
      return {
        requestId: this.#requestId,
        header: this.#header,
        signal: open.signal,
        deadline: Math.min(now + deadlineMs, endsAt ?? Number.POSITIVE_INFINITY),
      }
    }
    this.#respond()
    try {
      for await (const part of method.handle(messagesOf(reader, messageTimeoutMs), call)) await this.#drained(part)
    } finally {
      expire?.()
    }
    this.#end(statusTrailers(undefined))
  }

  #respond(): void {
    if (this.#stream.destroyed || this.#stream.headersSent) return
    this.#stream.respond({ ...ANSWER_HEADERS, 'x-request-id': this.#requestId }, { waitForTrailers: true })
  }

  #write(message: Parts): boolean {
    let hasRoom = true
    if (!this.#stream.destroyed) for (const piece of framed(message)) hasRoom = this.#stream.write(piece)
    return hasRoom
  }

  /** Waits until a slow reader has taken what it was sent. */
  async #drained(message: Parts): Promise<void> {
    if (this.#write(message) || this.#stream.destroyed) return
    await new Promise<void>((resolve) => {
      this.#stream.once('drain', resolve)
      this.#stream.once('close', resolve)
    })
  }

  #end(trailers: Record<string, string>): void {
    const stream = this.#stream
    if (stream.destroyed) return
    if (!stream.headersSent) {
      stream.respond({ ...ANSWER_HEADERS, 'x-request-id': this.#requestId, ...trailers }, { endStream: true })
    } else {
      stream.once('wantTrailers', () => stream.sendTrailers(trailers))
      stream.end()
    }
    if (stream.readableEnded) return
    // A caller that does not stop sending although it has its answer is cut off; at once, it might miss the answer.
    const cancel = this.#options.clock.after(LINGER_MS, () => stream.close(constants.NGHTTP2_NO_ERROR))
    stream.once('close', cancel)
  }
}

async function* messagesOf(reader: MessageReader, timeoutMs: number): AsyncGenerator<RpcMessage> {
  for (;;) {
    const message = await reader.next(timeoutMs)
    if (message === undefined) return
    yield message
  }
}

function overdue(ms: number): ServeError {
  return new ServeError('DEADLINE_EXCEEDED', `the stream was to end within ${Math.round(ms)} ms, as its caller said`)
}

function unknownMethod(path: string, methods: ReadonlyMap<string, RpcMethod>): string {
  const services = new Set([...methods.keys()].map((known) => known.slice(1, known.lastIndexOf('/'))))
  return `there is no method ${quoted(path)} here; the services are ${[...services].join(', ')}`
}
