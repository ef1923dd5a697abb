/** What happened lately: a ring of one-second slots over the last `seconds`. */
import type { Summary } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { Distribution } from './distribution.ts'

/** The ring's clockwork: which slot is now, and which have gone stale since the last look. */
class Slots {
  readonly seconds: number
  readonly #clock: Clock
  readonly #clear: (slot: number) => void
  readonly #start: number
  #second: number

  constructor(clock: Clock, seconds: number, clear: (slot: number) => void) {
    this.seconds = seconds
    this.#clock = clock
    this.#clear = clear
    this.#start = clock.monotonic()
    this.#second = Math.floor(this.#start / 1000)
  }

  /** One slot more than seconds, so that a whole window stays while the newest fills. */
  now(): number {
    const size = this.seconds + 1
    const second = Math.floor(this.#clock.monotonic() / 1000)
    for (let stale = Math.max(this.#second + 1, second - this.seconds); stale <= second; stale++) this.#clear(stale % size)
    if (second > this.#second) this.#second = second
    return this.#second % size
  }

  /** Seconds that the slots cover by now: less than the window only right after the start. */
  covered(): number {
    const now = this.#clock.monotonic()
    return Math.min((now - this.#start) / 1000, this.seconds + (now / 1000 - Math.floor(now / 1000)))
  }
}

export interface RateMeter {
  mark(): void
  /** Events per second over the window, or since the start while that is shorter (but at least one second). */
  perSecond(): number
}

export function createRateMeter(clock: Clock, seconds = 10): RateMeter {
  const counts = new Float64Array(seconds + 1)
  const slots = new Slots(clock, seconds, (slot) => {
    counts[slot] = 0
  })
  return {
    mark: () => {
      const slot = slots.now()
      counts[slot] = (counts[slot] as number) + 1
    },
    perSecond: () => {
      slots.now()
      return counts.reduce((total, count) => total + count, 0) / Math.max(1, slots.covered())
    },
  }
}

export interface RecentSummary {
  /** Milliseconds. */
  observe(ms: number): void
  /** Of the window only. */
  summary(): Summary
}

export function createRecentSummary(clock: Clock, seconds = 10): RecentSummary {
  const ring = Array.from({ length: seconds + 1 }, () => new Distribution())
  const slots = new Slots(clock, seconds, (slot) => ring[slot]?.clear())
  return {
    observe: (ms) => ring[slots.now()]?.observe(ms),
    summary: () => {
      slots.now()
      const all = new Distribution()
      for (const part of ring) all.add(part)
      return all.summary()
    },
  }
}
