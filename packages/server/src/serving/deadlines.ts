/**
 * Many deadlines, one timer: it is set for the earliest, since hardly any of them ever passes. To set and to take back a timer for each
 * request costs as much as reading its body. They stand in a list that links them: in a Set, JavaScriptCore keeps what was deleted alive as
 * long as something older is, and collecting that costs more than the timers did.
 */
import type { Clock } from '../base/clock.ts'

interface Due {
  /** On the monotonic clock (ms). */
  readonly at: number
  readonly passed: () => void
  before: Due | undefined
  next: Due | undefined
}

export class Deadlines {
  readonly #clock: Pick<Clock, 'after' | 'monotonic'>
  #first: Due | undefined
  /** When the timer goes off; infinite without one. */
  #armedFor = Number.POSITIVE_INFINITY
  #disarm: (() => void) | undefined

  constructor(clock: Pick<Clock, 'after' | 'monotonic'>) {
    this.#clock = clock
  }

  /** Calls `passed` once `at` (monotonic, ms) has come, unless the answer is called before. */
  add(at: number, passed: () => void): () => void {
    const due: Due = { at, passed, before: undefined, next: this.#first }
    if (this.#first !== undefined) this.#first.before = due
    this.#first = due
    if (at < this.#armedFor) this.#arm(at)
    return () => void this.#remove(due)
  }

  /** False for one that is not in the list any more. */
  #remove(due: Due): boolean {
    const { before, next } = due
    if (before === undefined && this.#first !== due) return false
    if (before === undefined) this.#first = next
    else before.next = next
    if (next !== undefined) next.before = before
    due.before = undefined
    due.next = undefined
    return true
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
    const passed: Due[] = []
    for (let due = this.#first; due !== undefined; due = due.next) {
      if (due.at <= now) passed.push(due)
      else earliest = Math.min(earliest, due.at)
    }
    // In the order in which they came; the newest stands first in the list.
    for (const due of passed.reverse()) if (this.#remove(due)) due.passed()
    if (earliest < this.#armedFor) this.#arm(earliest)
  }
}
