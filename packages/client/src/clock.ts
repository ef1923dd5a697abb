/** Time and chance as the client uses them, so that a test can hold both in its hand. */
export interface Clock {
  /** Milliseconds since 1970, to read dates that a server sent. */
  now(): number
  /** Milliseconds that never run backwards, for deadlines. */
  monotonic(): number
  /** Calls `fn` once after `ms`; the answer cancels it. */
  after(ms: number, fn: () => void): () => void
}

/** setTimeout counts in 32 bits and would fire at once past that. */
const LONGEST_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, Math.min(ms, LONGEST_MS))
    return () => clearTimeout(timer)
  },
}
