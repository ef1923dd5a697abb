/**
 * Whether keeping answers pays: the runs that it saved, times what a run costs, against what looking up and storing cost.
 *
 *   on  → off  when several windows in a row did not pay (a cold cache pays nothing at first)
 *   off → on   when one did, in the slice of the inputs that is still kept while off
 *
 * The slice is one of inputs, not of requests: in it, equal inputs meet as often as they do in all of the traffic.
 */
import type { Tensors } from '@slipway/protocol'
import { sliceOf } from './slice.ts'

/** Look-ups that make up a window. */
const WINDOW = 512
/** While off, one input in this many is kept. */
export const SLICES = 16
/** Windows that have to be without gain before the cache is turned off; twice as many after each time it came back, so that it does not flicker. */
const PATIENCE = 4
const MOST_PATIENCE = 64
/** A window of fewer look-ups says nothing. */
const FEWEST = 64
/** Requests after which a slice that has seen next to none of them is given up. */
const THIN_AFTER = 1024
/** What the garbage collector has to do later does not show in the time that a look-up and a copy take. */
const HIDDEN = 2
/** Weight of the newest run in the moving average of what runs cost. */
const EWMA = 0.05

/** Of one window: milliseconds for each request that was looked up. */
export interface Figures {
  readonly hitRate: number
  readonly runMs: number
  readonly costMs: number
}

export class Worth {
  readonly #onChange: (on: boolean, figures: Figures) => void
  #on = true
  #salt = 0
  #patience = PATIENCE
  #poor = 0
  #runMs: number | undefined
  #lookups = 0
  #passed = 0
  #saved = 0
  #spentMs = 0

  constructor(onChange: (on: boolean, figures: Figures) => void) {
    this.#onChange = onChange
  }

  get on(): boolean {
    return this.#on
  }

  /** True when this request is to be looked up. */
  takes(inputs: Tensors): boolean {
    if (this.#on || sliceOf(inputs, this.#salt) % SLICES === 0) return true
    this.#passed += 1
    const thin = this.#passed >= THIN_AFTER && this.#lookups < FEWEST / 4
    if (thin || this.#passed >= WINDOW * SLICES) this.#close()
    return false
  }

  /** A look-up took this long and saved a run, or did not. */
  looked(ms: number, result: 'saved' | 'missed'): void {
    this.#lookups += 1
    this.#spentMs += ms
    if (result === 'saved') this.#saved += 1
    if (this.#lookups >= WINDOW) this.#close()
  }

  /** What the run of one request cost, its share of a joined one. */
  ran(ms: number): void {
    this.#runMs = this.#runMs === undefined ? ms : this.#runMs + EWMA * (ms - this.#runMs)
  }

  /** Time that went into storing, or into waiting for a further tier. */
  spent(ms: number): void {
    this.#spentMs += ms
  }

  #close(): void {
    const [lookups, passed, saved] = [this.#lookups, this.#passed, this.#saved]
    const figures = { hitRate: saved / Math.max(1, lookups), runMs: this.#runMs ?? 0, costMs: this.#spentMs / Math.max(1, lookups) }
    this.#lookups = this.#passed = this.#saved = this.#spentMs = 0
    const pays = this.#runMs === undefined || figures.hitRate * figures.runMs > HIDDEN * figures.costMs
    if (this.#on) this.#judgeOn(pays, figures)
    else this.#judgeOff(pays, { lookups, passed, figures })
  }

  #judgeOff(
    pays: boolean,
    { lookups, passed, figures }: { readonly lookups: number; readonly passed: number; readonly figures: Figures },
  ): void {
    // A slice that is nearly empty, or that most of the traffic falls into, is no picture of it: the next is another.
    if (lookups < FEWEST || passed < lookups) this.#salt = (this.#salt + 0x9e3779b9) | 0
    if (pays && lookups >= FEWEST) this.#turn(true, figures)
  }

  #judgeOn(pays: boolean, figures: Figures): void {
    this.#poor = pays ? 0 : this.#poor + 1
    if (this.#poor >= this.#patience) this.#turn(false, figures)
  }

  #turn(on: boolean, figures: Figures): void {
    this.#on = on
    this.#poor = 0
    if (on) this.#patience = Math.min(MOST_PATIENCE, 2 * this.#patience)
    this.#onChange(on, figures)
  }
}
