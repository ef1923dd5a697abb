/**
 * HTTP by Bun.serve. What it settles before we are asked, unlike Node: dot segments of a path (`/a/../b`, `/a/%2e%2e/b`) are resolved, a
 * connection on which a second request arrives before the first is answered is closed, what is no valid HTTP gets a 400 without a body,
 * and chunks cannot be counted.
 */
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { letGo } from '../base/memory.ts'
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

/** How long a client may pause within a body that does not come at once (seconds). */
const MOST_SILENCE_SECONDS = 30
/** Bodies up to this come with their headers, or right after them. */
const AT_ONCE_BYTES = 64 * 1024

/**
 * How long connections may be silent. Bun has one limit, for a client that pauses and for us while a model runs, and to change it for one
 * request costs as much as its answer: so it is changed only where an answer may take longer, or a body comes in many pieces.
 */
class Silence {
  readonly #idleSeconds: number
  /** While an answer is made: 0 is for ever. How long that may last is for the deadline to say. */
  readonly #answerSeconds: number

  constructor(idleSeconds: number, deadlineMs: number) {
    this.#idleSeconds = idleSeconds
    this.#answerSeconds = deadlineMs < (idleSeconds - 1) * 1000 ? idleSeconds : 0
  }

  begins(server: BunServer, request: Request): void {
    if (this.#answerSeconds !== this.#idleSeconds) server.timeout(request, this.#answerSeconds)
  }

  reads(server: BunServer, request: Request): void {
    server.timeout(request, MOST_SILENCE_SECONDS)
  }

  hasRead(server: BunServer, request: Request): void {
    server.timeout(request, this.#answerSeconds)
  }

  ends(server: BunServer, request: Request): void {
    if (this.#answerSeconds !== this.#idleSeconds) server.timeout(request, this.#idleSeconds)
  }
}

class BunRequest implements HttpRequest {
  readonly #request: Request
  readonly #server: BunServer
  readonly #silence: Silence
  /** A body that came in many pieces. */
  #large: Uint8Array | undefined
  readonly method: string
  readonly target: string

  constructor(request: Request, server: BunServer, silence: Silence) {
    this.#request = request
    this.#server = server
    this.#silence = silence
    silence.begins(server, request)
    this.method = request.method
    const { url } = request
    this.target = url.slice(url.indexOf('/', url.indexOf('//') + 2))
  }

  get signal(): AbortSignal {
    return this.#request.signal
  }

  readonly header = (name: string): string | undefined => this.#request.headers.get(name) ?? undefined

  read(limitBytes: number): Promise<Uint8Array> {
    const declared = this.#request.headers.get('content-length')
    if (declared !== null && Number(declared) <= AT_ONCE_BYTES) return this.#request.bytes().catch(gone)
    this.#silence.reads(this.#server, this.#request)
    return declared === null ? this.#readChunks(limitBytes) : this.#request.bytes().then(this.#whole, gone)
  }

  letGo(): void {
    if (this.#large !== undefined) letGo(this.#large)
    this.#large = undefined
  }

  readonly #whole = (bytes: Uint8Array): Uint8Array => {
    this.#silence.hasRead(this.#server, this.#request)
    this.#large = bytes
    return bytes
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
  const silence = new Silence(idleSeconds, options.deadlineMs)
  const server = serve({
    hostname: options.host,
    port: options.port,
    reusePort: options.sharePort === true,
    idleTimeout: idleSeconds,
    // The handle knows the limit, and tells it in the dialect's words.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: async (request, self) => {
      const answer = await handle(new BunRequest(request, self, silence))
      silence.ends(self, request)
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
