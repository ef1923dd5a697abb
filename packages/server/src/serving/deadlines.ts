/**
 * Many deadlines, one timer: it is set for the earliest, since hardly any of them ever passes. To set and to take back a timer for each
 * request costs as much as reading its body.
 */
import type { Clock } from '../base/clock.ts'

interface Due {
  /** On the monotonic clock (ms). */
  readonly at: number
  readonly passed: () => void
}

export class Deadlines {
  readonly #clock: Pick<Clock, 'after' | 'monotonic'>
  readonly #due = new Set<Due>()
  /** When the timer goes off; infinite without one. */
  #armedFor = Number.POSITIVE_INFINITY
  #disarm: (() => void) | undefined

  constructor(clock: Pick<Clock, 'after' | 'monotonic'>) {
    this.#clock = clock
  }

  /** Calls `passed` once `at` (monotonic, ms) has come, unless the answer is called before. */
  add(at: number, passed: () => void): () => void {
    const due: Due = { at, passed }
    this.#due.add(due)
    if (at < this.#armedFor) this.#arm(at)
    return () => void this.#due.delete(due)
  }

  #arm(at: number): void {
    this.#disarm?.()
    this.#armedFor = at
    this.#disarm = this.#clock.after(Math.max(0, at - this.#clock.monotonic()), () => this.#look())
  }

  /** Tells those whose time has come, and waits for the earliest of the others. Those taken back had the timer go off for nobody. */
  #look(): void {
    this.#disarm = undefined
    this.#armedFor = Number.POSITIVE_INFINITY
    const now = this.#clock.monotonic()
    let earliest = Number.POSITIVE_INFINITY
    for (const due of this.#due) {
      if (due.at > now) {
        earliest = Math.min(earliest, due.at)
        continue
      }
      this.#due.delete(due)
      due.passed()
    }
    if (earliest < this.#armedFor) this.#arm(earliest)
  }
}
