/** The span of one call: from when it is made until it is answered, aborted by its caller, or past its deadline. */
import type { Clock } from './clock.ts'
import { SlipwayError } from './slipway-error.ts'

/** What a caller says of how long a call may take. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds that the call may take, retries and waiting included. */
  readonly deadlineMs?: number | undefined
}

/** Owns the deadline's timer and the listener on the caller's signal; `close` lets go of both. */
export class CallScope {
  readonly #controller = new AbortController()
  readonly #clock: Clock
  readonly #started: number
  readonly #deadlineMs: number
  readonly #release: () => void

  constructor(clock: Clock, deadlineMs: number, signal?: AbortSignal) {
    if (!(deadlineMs > 0)) throw new RangeError(`deadlineMs must be a number above 0, got ${deadlineMs}`)
    this.#clock = clock
    this.#started = clock.monotonic()
    this.#deadlineMs = deadlineMs
    const onAbort = () =>
      this.#controller.abort(new SlipwayError('ABORTED', 'the call was aborted by its caller', { cause: signal?.reason }))
    const onDeadline = () =>
      this.#controller.abort(
        new SlipwayError('DEADLINE_EXCEEDED', `no answer within the deadline of ${deadlineMs} ms; allow more with deadlineMs`),
      )
    const cancel = deadlineMs === Number.POSITIVE_INFINITY ? () => {} : clock.after(deadlineMs, onDeadline)
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#release = () => {
      cancel()
      signal?.removeEventListener('abort', onAbort)
    }
    if (signal?.aborted) onAbort()
  }

  /** Aborted with a SlipwayError of code ABORTED or DEADLINE_EXCEEDED. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  elapsedMs(): number {
    return this.#clock.monotonic() - this.#started
  }

  remainingMs(): number {
    return this.#deadlineMs - this.elapsedMs()
  }

  /** What `work` gives, or a rejection as soon as the scope ends. The work itself goes on: others may be waiting for it. */
  wait<T>(work: Promise<T>): Promise<T> {
    const { signal } = this
    return new Promise((resolve, reject) => {
      const onEnd = () => reject(signal.reason)
      if (signal.aborted) onEnd()
      else signal.addEventListener('abort', onEnd, { once: true })
      const settled = () => signal.removeEventListener('abort', onEnd)
      work.then(resolve, reject).finally(settled)
    })
  }

  async sleep(ms: number): Promise<void> {
    let cancel = () => {}
    const slept = new Promise<void>((resolve) => {
      cancel = this.#clock.after(ms, resolve)
    })
    try {
      await this.wait(slept)
    } finally {
      cancel()
    }
  }

  close(): void {
    this.#release()
  }
}
