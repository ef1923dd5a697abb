/** A Slipway server, seen from a program that calls it. */
import type { ExampleInfo, ModelInfo, ServerInfo } from '@slipway/protocol'
import type { CallOptions } from './call-scope.ts'
import { type Clock, systemClock } from './clock.ts'
import { type AnyModel, Model, type ModelTypes } from './model.ts'
import { ready } from './probe.ts'
import { type RetryOptions, retryPolicy } from './retry.ts'
import { type ClientStats, Transport } from './transport.ts'

export interface SlipwayOptions {
  /** Sent as `authorization: Bearer …`. */
  readonly apiKey?: string | undefined
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Milliseconds that a call may take, retries included, unless it says otherwise. Told to the server. Default 30000. */
  readonly deadlineMs?: number | undefined
  readonly retry?: RetryOptions | undefined
  /** True (the default): tensors travel as octets; false: as JSON, for a server or proxy that wants it. */
  readonly binary?: boolean | undefined
  /** Used in place of the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Time and chance, for tests. */
  readonly internals?: { readonly clock?: Clock; readonly random?: () => number } | undefined
}

const DEADLINE_MS = 30_000

/**
 * The client. `Models` is what `slipway client --out` generates; without it, any model may be named.
 * Makes no connection until it is asked something. Throws TypeError or RangeError for options that make no sense.
 */
export class Slipway<Models extends { readonly [Name in keyof Models]: ModelTypes } = Readonly<Record<string, AnyModel>>> {
  readonly url: string
  readonly #transport: Transport
  readonly #binary: boolean

  /** `url` is the server's address, with a path when it lives below one; relative ones are relative to the page. */
  constructor(url: string | URL, options: SlipwayOptions = {}) {
    this.url = baseUrl(url)
    this.#binary = options.binary ?? true
    const headers = new Headers(options.headers)
    if (options.apiKey !== undefined) headers.set('authorization', `Bearer ${options.apiKey}`)
    this.#transport = new Transport({
      baseUrl: this.url,
      headers,
      // Browsers refuse a fetch that is called as the method of another object.
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      deadlineMs: options.deadlineMs ?? DEADLINE_MS,
      retry: retryPolicy(options.retry),
      clock: options.internals?.clock ?? systemClock,
      random: options.internals?.random ?? Math.random,
    })
  }

  /** A model by name, of the version that serves unless one is pinned. Asks the server nothing yet. */
  model<Name extends keyof Models & string>(
    name: Name,
    options: { readonly version?: string | number | undefined } = {},
  ): Model<Models[Name]> {
    if (name === '') throw new TypeError('a model needs a name')
    return new Model(this.#transport, name, { version: options.version?.toString(), binary: this.#binary })
  }

  /** Every model of the server with its versions, signature and figures. */
  async models(options: CallOptions = {}): Promise<readonly ModelInfo[]> {
    const { models } = (await this.#get('/api/v1/models', options)) as { readonly models: readonly ModelInfo[] }
    return models
  }

  async server(options: CallOptions = {}): Promise<ServerInfo> {
    return (await this.#get('/api/v1/server', options)) as ServerInfo
  }

  /** The golden examples of a model's package. */
  async examples(model: string, options: CallOptions = {}): Promise<readonly ExampleInfo[]> {
    const path = `/api/v1/models/${encodeURIComponent(model)}/examples`
    const { examples } = (await this.#get(path, options)) as { readonly examples: readonly ExampleInfo[] }
    return examples
  }

  /** True when the server is up; false too when it cannot be reached. */
  async live(options: CallOptions = {}): Promise<boolean> {
    return ready(this.#transport, '/v2/health/live', options)
  }

  /** True when the server can answer; false too when it cannot be reached. */
  async ready(options: CallOptions = {}): Promise<boolean> {
    return ready(this.#transport, '/v2/health/ready', options)
  }

  /** Counts since this client was made. */
  get stats(): ClientStats {
    return this.#transport.stats
  }

  async #get(path: string, options: CallOptions): Promise<unknown> {
    return this.#transport.within(options, (scope) => this.#transport.json({ method: 'GET', path }, scope))
  }
}

/** Without a trailing slash, query or fragment. */
function baseUrl(given: string | URL): string {
  const page = (globalThis as { readonly location?: { readonly href?: string } }).location?.href
  let url: URL
  try {
    url = new URL(given, page)
  } catch (cause) {
    throw new TypeError(`${JSON.stringify(String(given))} is no address of a server; give one such as http://127.0.0.1:8080`, { cause })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError(`a server's address begins with http:// or https://, got ${url.protocol}//`)
  if (url.username !== '' || url.password !== '') throw new TypeError('an address must not hold a user or password; give a key as apiKey')
  return (url.origin + url.pathname).replace(/\/+$/, '')
}
