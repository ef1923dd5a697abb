/** Carries calls to one server: attempts, back-off, budget, deadline. It knows HTTP and nothing of tensors. */
import { type CallOptions, CallScope } from './call-scope.ts'
import type { Clock } from './clock.ts'
import { failureOf, type Reply } from './http-failure.ts'
import { backoffMs, RetryBudget, type RetryPolicy } from './retry.ts'
import { SlipwayError } from './slipway-error.ts'

/** One request. It may reach the server more than once, so it must be pure, as all of inference is, or have one attempt. */
export interface Call {
  readonly method: 'GET' | 'POST'
  /** Path below the server's address, beginning with '/'. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | Blob | string
  /** At most this many attempts, when that is fewer than the policy allows. */
  readonly attempts?: number
}

export interface TransportOptions {
  /** Address of the server without a trailing slash. */
  readonly baseUrl: string
  readonly headers: Headers
  readonly fetch: typeof globalThis.fetch
  readonly deadlineMs: number
  readonly retry: RetryPolicy
  readonly clock: Clock
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number
}

/** Servers read nine digits; whoever allows more than eleven days need not say so. */
const MOST_DEADLINE_MS = 999_999_999

/** Counts since the client was made. */
export interface ClientStats {
  readonly calls: number
  /** Requests sent, retries among them. */
  readonly attempts: number
  readonly retries: number
  /** Calls that ended in an error. */
  readonly failures: number
  /** Retries that were due but that the budget did not allow. */
  readonly retriesRefused: number
  readonly inFlight: number
}

export class Transport {
  readonly #options: TransportOptions
  readonly #budget: RetryBudget
  readonly #counts = { calls: 0, attempts: 0, retries: 0, failures: 0, retriesRefused: 0, inFlight: 0 }

  constructor(options: TransportOptions) {
    this.#options = options
    this.#budget = new RetryBudget(options.retry.budgetRatio, options.retry.budgetFloor)
  }

  get stats(): ClientStats {
    return { ...this.#counts }
  }

  /** Runs `work` inside one deadline and lets go of its timer and listener whatever happens. */
  async within<T>(options: CallOptions, work: (scope: CallScope) => Promise<T>): Promise<T> {
    const scope = new CallScope(this.#options.clock, options.deadlineMs ?? this.#options.deadlineMs, options.signal)
    try {
      return await work(scope)
    } finally {
      scope.close()
    }
  }

  /** The first good answer. Throws SlipwayError: the last failure when no more attempts are due, allowed or possible in time. */
  async send(call: Call, scope: CallScope): Promise<Reply> {
    this.#counts.calls++
    this.#counts.inFlight++
    this.#budget.earn()
    try {
      return await this.#attempts(call, scope)
    } catch (error) {
      this.#counts.failures++
      throw error
    } finally {
      this.#counts.inFlight--
    }
  }

  /** `send`, read as JSON. */
  async json(call: Call, scope: CallScope): Promise<unknown> {
    const reply = await this.send({ ...call, headers: { accept: 'application/json', ...call.headers } }, scope)
    try {
      return JSON.parse(new TextDecoder().decode(reply.body))
    } catch (cause) {
      throw new SlipwayError(
        'INTERNAL',
        `${this.#name(call)} answered ${reply.status} with a body that is no JSON; is a Slipway server there?`,
        {
          status: reply.status,
          requestId: reply.headers.get('x-request-id') ?? undefined,
          cause,
        },
      )
    }
  }

  async #attempts(call: Call, scope: CallScope): Promise<Reply> {
    const { retry, random } = this.#options
    const most = Math.min(retry.attempts, call.attempts ?? retry.attempts)
    for (let attempt = 1; ; attempt++) {
      this.#counts.attempts++
      const outcome = await this.#attempt(call, scope)
      if (!(outcome instanceof SlipwayError)) return outcome
      if (!outcome.retryable || attempt >= most) throw outcome
      const delayMs = (outcome.retryAfterMs ?? 0) + backoffMs(retry, attempt, random)
      if (delayMs >= scope.remainingMs()) throw outcome
      if (!this.#budget.spend()) {
        this.#counts.retriesRefused++
        throw outcome
      }
      await scope.sleep(delayMs)
      this.#counts.retries++
    }
  }

  async #attempt(call: Call, scope: CallScope): Promise<Reply | SlipwayError> {
    const { baseUrl, clock, fetch } = this.#options
    const { signal } = scope
    try {
      const response = await fetch(baseUrl + call.path, { ...this.#init(call, scope), signal })
      const reply = { status: response.status, headers: response.headers, body: new Uint8Array(await response.arrayBuffer()) }
      return response.ok ? reply : failureOf(reply, this.#name(call), clock)
    } catch (cause) {
      if (signal.aborted && signal.reason instanceof SlipwayError) return signal.reason
      return new SlipwayError('NETWORK', `${this.#name(call)} got no answer: ${reasons(cause)}`, { cause })
    }
  }

  #init(call: Call, scope: CallScope): RequestInit {
    const headers = new Headers(this.#options.headers)
    for (const [name, value] of Object.entries(call.headers ?? {})) headers.set(name, value)
    const remainingMs = scope.remainingMs()
    if (remainingMs <= MOST_DEADLINE_MS) headers.set('x-slipway-deadline-ms', String(Math.max(1, Math.floor(remainingMs))))
    // fetch takes any view; its type asks for one that is not shared between threads, and what the codec made never is.
    return { method: call.method, headers, ...(call.body === undefined ? {} : { body: call.body as NonNullable<RequestInit['body']> }) }
  }

  #name(call: Call): string {
    return `${call.method} ${this.#options.baseUrl}${call.path}`
  }
}

/** fetch says only "fetch failed"; what failed is in its causes. */
function reasons(error: unknown): string {
  const seen: string[] = []
  for (let at = error; at instanceof Error && seen.length < 4; at = at.cause) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : undefined
    const text = at.message === '' ? code : at.message
    if (text !== undefined && !seen.includes(text)) seen.push(text)
  }
  return seen.length === 0 ? String(error) : seen.join(': ')
}
