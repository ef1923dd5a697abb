/**
 * HTTP by Bun.serve. What it settles before we are asked, unlike Node: dot segments of a path (`/a/../b`, `/a/%2e%2e/b`) are resolved, a
 * connection on which a second request arrives before the first is answered is closed, what is no valid HTTP gets a 400 without a body,
 * and chunks cannot be counted.
 */
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { tooLarge } from './body.ts'
import type { Handle, HttpRequest, HttpResponse, HttpServer, HttpServerOptions } from './route.ts'

/** The part of Bun that is used here; its own types would hide those of Node. */
interface BunServer {
  readonly hostname: string
  readonly port: number
  readonly pendingRequests: number
  stop(closeActiveConnections: boolean): Promise<void>
  /** Seconds without an octet after which the request's connection is closed; 0 is never. */
  timeout(request: Request, seconds: number): void
}
interface BunServe {
  serve(options: {
    readonly hostname: string
    readonly port: number
    readonly reusePort: boolean
    readonly idleTimeout: number
    readonly maxRequestBodySize: number
    fetch(request: Request, server: BunServer): Promise<Response>
  }): BunServer
}

/** How long a client may pause within a body. */
const MOST_SILENCE_SECONDS = 30

class BunRequest implements HttpRequest {
  readonly #request: Request
  readonly #server: BunServer
  readonly method: string
  readonly target: string

  constructor(request: Request, server: BunServer) {
    this.#request = request
    this.#server = server
    this.#idleForever()
    this.method = request.method
    const { url } = request
    this.target = url.slice(url.indexOf('/', url.indexOf('//') + 2))
  }

  get signal(): AbortSignal {
    return this.#request.signal
  }

  readonly header = (name: string): string | undefined => this.#request.headers.get(name) ?? undefined

  read(limitBytes: number): Promise<Uint8Array> {
    this.#server.timeout(this.#request, MOST_SILENCE_SECONDS)
    return this.#request.headers.get('content-length') === null
      ? this.#readChunks(limitBytes)
      : this.#request.bytes().then(this.#whole, gone)
  }

  readonly #whole = (bytes: Uint8Array): Uint8Array => {
    this.#idleForever()
    return bytes
  }

  /** While a model runs, nothing comes and nothing goes; how long that may last is for the deadline to say. */
  #idleForever(): void {
    this.#server.timeout(this.#request, 0)
  }

  async #readChunks(limitBytes: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of this.#request.body ?? []) {
      bytes += chunk.byteLength
      if (bytes > limitBytes) throw tooLarge(limitBytes)
      chunks.push(chunk)
    }
    return this.#whole(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, bytes))
  }
}

function gone(cause: unknown): never {
  throw new ServeError('CANCELLED', 'the caller went away before its body was complete', { cause })
}

function toResponse({ status, headers, body }: HttpResponse, head: boolean): Response {
  if (head) return new Response(null, { status, headers })
  if (typeof body === 'string' || body instanceof Uint8Array) return new Response(body as Uint8Array<ArrayBuffer>, { status, headers })
  return new Response(ReadableStream.from(body) as ReadableStream, { status, headers })
}

/** Longest idle time that Bun takes, in seconds. */
const MOST_IDLE_SECONDS = 255

export async function listenBun(handle: Handle, clock: Clock, options: HttpServerOptions): Promise<HttpServer> {
  const { serve } = (globalThis as unknown as { readonly Bun: BunServe }).Bun
  const idleSeconds = Math.min(MOST_IDLE_SECONDS, Math.ceil(options.keepAliveMs / 1000))
  const server = serve({
    hostname: options.host,
    port: options.port,
    reusePort: options.sharePort === true,
    idleTimeout: idleSeconds,
    // The handle knows the limit, and tells it in the dialect's words.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: async (request, self) => {
      const answer = await handle(new BunRequest(request, self))
      self.timeout(request, idleSeconds)
      return toResponse(answer, request.method === 'HEAD')
    },
  })
  return {
    url: `http://${server.hostname.includes(':') ? `[${server.hostname}]` : server.hostname}:${server.port}`,
    connections: () => server.pendingRequests,
    stop: async (graceMs) => {
      const finished = server.stop(false)
      const cancel = clock.after(graceMs, () => void server.stop(true))
      await finished
      cancel()
    },
  }
}
