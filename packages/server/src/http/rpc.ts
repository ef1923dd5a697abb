/** The contract between the gRPC server and the methods that answer. */
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../observe/logger.ts'
import type { Route } from './route.ts'

/** Who calls, and how long they wait; the same facts as an HTTP call's. */
export interface RpcCall {
  readonly requestId: string
  /** Metadata of the request, by lower-case name. */
  header(name: string): string | undefined
  /** Turns true when the caller has gone. */
  readonly signal: { readonly aborted: boolean }
  /** When the caller stops waiting, on the monotonic clock (ms). */
  readonly deadline: number
}

/** A call that stays open. A message of it has the server's own time limit; `deadline` counts from when it is read. */
export interface RpcStreamCall extends RpcCall {
  /** Also told when the server stops. */
  readonly signal: AbortSignal
}

/** A message in parts, which are sent one after the other as they are. */
export type Parts = readonly Uint8Array[]

export interface RpcAnswer {
  readonly message: Parts
  /** Told after the message. */
  readonly trailers?: Readonly<Record<string, string>>
}

/** One message of a caller. It counts as held until it is released, which the end of the call does at the latest. */
export interface RpcMessage {
  readonly bytes: Uint8Array
  release(): void
}

interface Method {
  /** `/package.Service/Method` */
  readonly path: string
  /** Who may call, as for a route. */
  readonly access: Route['access']
  /** Where the largest octets of a message begin, by the piece of it that came first: a multiple of 8 in memory, they need no copy later. */
  readonly bulkOffset?: (start: Uint8Array) => number | undefined
}

export interface UnaryMethod extends Method {
  readonly kind: 'unary'
  handle(message: Uint8Array, call: RpcCall): Promise<RpcAnswer> | RpcAnswer
}

export interface StreamMethod extends Method {
  readonly kind: 'stream'
  /** Ends with OK when the iteration ends, with its error when it throws. */
  handle(messages: AsyncIterable<RpcMessage>, call: () => RpcStreamCall): AsyncIterable<Parts>
}

export type RpcMethod = UnaryMethod | StreamMethod

export interface RpcServerOptions {
  readonly host: string
  readonly port: number
  readonly methods: readonly RpcMethod[]
  /** Takes octets of the budget for messages in flight; the answer gives them back. The same as HTTP's. */
  readonly admit: (bytes: number) => () => void
  readonly nextRequestId: () => string
  readonly clock: Clock
  readonly logger: Logger
  /** The largest message, packed or unpacked. */
  readonly messageLimitBytes: number
  /** What a caller waits at most (ms). */
  readonly deadlineMs: number
  /** What a caller may take for one message of a stream (ms). */
  readonly messageTimeoutMs: number
  readonly maxConnections: number
}

export interface RpcServer {
  /** Where it listens, such as 127.0.0.1:8081. */
  readonly address: string
  /** Accepts nothing new, lets what is under way finish, ends open streams, and cuts what is left after `graceMs`. */
  stop(graceMs: number): Promise<void>
}
