/** Time that moves only when it is told to, or that skips short waits by itself. */
import type { Clock } from '../../src/clock.ts'

interface Timer {
  readonly at: number
  readonly fn: () => void
}

export class FakeClock implements Clock {
  #now = 1_000_000
  readonly #timers = new Set<Timer>()
  readonly #skipBelowMs: number
  /** Every wait that was skipped, in order. */
  readonly skipped: number[] = []

  /** Waits shorter than `skipBelowMs` end at once, with the time moved on by them. */
  constructor(skipBelowMs = 0) {
    this.#skipBelowMs = skipBelowMs
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(ms: number, fn: () => void): () => void {
    if (ms < this.#skipBelowMs) {
      this.skipped.push(ms)
      this.#now += ms
      queueMicrotask(fn)
      return () => {}
    }
    const timer = { at: this.#now + ms, fn }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that are set and neither fired nor cancelled. */
  get pending(): number {
    return this.#timers.size
  }

  advance(ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      this.#timers.delete(timer)
      timer.fn()
    }
  }
}
