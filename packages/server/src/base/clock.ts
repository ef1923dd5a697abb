/** The only door to timers and the wall clock, so that a test can hold time in its hand. */
export interface Clock {
  /** Milliseconds since 1970, for stamps that people and other machines read. */
  now(): number
  /** Milliseconds that never run backwards, for durations and deadlines. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `fn` once after `ms`; the answer cancels it. Does not keep the process alive. */
  after(ms: number, fn: () => void): () => void
  /** Calls `fn` once everything that has already arrived on the sockets has been read. */
  soon(fn: () => void): void
}

/** setTimeout counts in 32 bits and would fire at once past that. */
const LONGEST_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
        Math.min(ms, LONGEST_MS),
      )
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
  after: (ms, fn) => {
    const timer = setTimeout(fn, Math.min(ms, LONGEST_MS))
    timer.unref()
    return () => clearTimeout(timer)
  },
  soon: (fn) => void setImmediate(fn),
}
