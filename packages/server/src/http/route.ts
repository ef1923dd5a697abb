/** The contract between the two HTTP servers, the routes and what stands between them. */
import type { ServeError } from '@slipway/protocol'

/** A request as a server hands it over; nothing of the body has been read. */
export interface HttpRequest {
  readonly method: string
  /** Path and query as they came, undecoded. */
  readonly target: string
  /** By lower-case name; several of one name are joined by `, `. */
  header(name: string): string | undefined
  /** The whole body as sent. Rejects with PAYLOAD_TOO_LARGE past `limitBytes`, with CANCELLED when the caller goes away. */
  read(limitBytes: number): Promise<Uint8Array>
  /** Nobody uses what `read` gave any more: its memory may be taken away at once, and whoever does hold it finds it empty. */
  letGo?(): void
  /** Turns true when the caller has gone. */
  readonly signal: { readonly aborted: boolean }
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>
}

/** A request that has found its route: body read, unpacked and bounded. */
export interface Call {
  readonly requestId: string
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string | undefined>>
  readonly query: URLSearchParams
  readonly method: string
  header(name: string): string | undefined
  /** For an `infer` route that answers 200 at once, gone after that; whoever keeps it longer copies it. */
  readonly body: Uint8Array
  readonly signal: { readonly aborted: boolean }
  /** When the caller stops waiting, on the monotonic clock (ms). */
  readonly deadline: number
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `:name` is a parameter, `:name(regex)` one that is held to it, `::` a colon; a last `*` takes the rest. */
  readonly path: string
  /** Who may call: anyone, callers of inference, or who administers the server. */
  readonly access: 'public' | 'infer' | 'admin'
  /**
   * For a method and path that several dialects have: whether this call is meant for this one. The route without it takes what is left; it also
   * tells what goes wrong before the body has been read. Of several that would, the first in the list of routes.
   */
  claims?(call: Call): boolean
  /** For a path that is a name alone: whether there is such a thing now. Where there is none, the path is not there either. */
  exists?(params: Call['params']): boolean
  handle(call: Call): Promise<HttpResponse> | HttpResponse
  /** How this route's dialect tells an error. */
  problem(error: ServeError): HttpResponse
}

/** What a server calls for each request; never rejects. */
export type Handle = (request: HttpRequest) => Promise<HttpResponse>

export interface HttpServer {
  /** Where it listens, such as http://127.0.0.1:8080. */
  readonly url: string
  /** Open connections. */
  connections(): number
  /** Accepts nothing new, lets what is under way finish, and closes what is left after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

export interface HttpServerOptions {
  readonly host: string
  readonly port: number
  /** Other processes of this server listen on the same port, and the system divides connections among them. */
  readonly sharePort?: boolean
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
  readonly maxConnections: number
  /** What a caller waits for an answer at most. */
  readonly deadlineMs: number
}
