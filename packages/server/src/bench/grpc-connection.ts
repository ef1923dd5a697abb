/** Unary gRPC calls over one HTTP/2 session, one at a time. Source: grpc/grpc, doc/PROTOCOL-HTTP2.md. */
import { type ClientHttp2Session, connect } from 'node:http2'
import type { Clock } from '../base/clock.ts'
import type { Answer, Connection, Connector } from './connection.ts'
import type { LoadRequest } from './load-plan.ts'

const RECONNECT_MS = 50
/** A flag that nothing is compressed, and the length of the message. */
const PREFIX_BYTES = 5

export function grpcConnector(origin: string, path: string, clock: Pick<Clock, 'after'>): Connector {
  return {
    prepare: ({ body }: LoadRequest) => {
      const message = Buffer.from(body, 'base64')
      const prefix = Buffer.alloc(PREFIX_BYTES)
      prefix.writeUInt32BE(message.byteLength, 1)
      return Buffer.concat([prefix, message])
    },
    connect: (onFree) => new GrpcConnection(origin, { path, clock, onFree }),
  }
}

interface Around {
  readonly path: string
  readonly clock: Pick<Clock, 'after'>
  readonly onFree: (connection: Connection) => void
}

class GrpcConnection implements Connection {
  readonly #origin: string
  readonly #around: Around
  readonly #headers: Readonly<Record<string, string>>
  #session: ClientHttp2Session | undefined
  #asking = false
  #open = false
  #closed = false

  constructor(origin: string, around: Around) {
    this.#origin = origin
    this.#around = around
    this.#headers = { ':method': 'POST', ':path': around.path, 'content-type': 'application/grpc', te: 'trailers' }
    this.#connect()
  }

  get free(): boolean {
    return this.#open && !this.#asking
  }

  ask(prepared: Uint8Array, done: (answer: Answer) => void): void {
    const stream = this.#session?.request(this.#headers)
    if (stream === undefined) {
      done({ fault: 'the connection is gone' })
      return
    }
    this.#asking = true
    let status = 'none'
    let message = ''
    let serverTiming: string | undefined
    const read = (headers: Readonly<Record<string, unknown>>) => {
      if (headers['grpc-status'] !== undefined) status = String(headers['grpc-status'])
      if (headers['grpc-message'] !== undefined) message = decodeURIComponent(String(headers['grpc-message']))
      if (headers['server-timing'] !== undefined) serverTiming = String(headers['server-timing'])
    }
    stream.on('response', read)
    stream.on('trailers', read)
    stream.on('error', (error: Error) => {
      message = error.message
    })
    stream.on('close', () => {
      this.#asking = false
      if (this.#closed) return
      done({
        ...(status === '0' ? {} : { fault: `grpc-status ${status}: ${message}` }),
        ...(serverTiming === undefined ? {} : { serverTiming }),
      })
      if (this.free) this.#around.onFree(this)
    })
    stream.resume()
    stream.end(prepared)
  }

  close(): void {
    this.#closed = true
    this.#session?.destroy()
  }

  #connect(): void {
    const session = connect(this.#origin)
    session.on('connect', () => {
      this.#open = true
      this.#around.onFree(this)
    })
    session.on('error', () => {
      // The close that follows is what counts.
    })
    session.on('close', () => {
      this.#open = false
      this.#around.clock.after(RECONNECT_MS, () => {
        if (!this.#closed) this.#connect()
      })
    })
    this.#session = session
  }
}
