/** Counts what a file holds while it is read, so that a small file cannot grow large in memory. */
import type { OnnxLimits } from '../limits.ts'
import { refusal } from '../refusal.ts'

export type Counted = 'nodes' | 'initializers' | 'functions' | 'parts'

export class Tally {
  readonly limits: OnnxLimits
  readonly #counts: Record<Counted, number> = { nodes: 0, initializers: 0, functions: 0, parts: 0 }

  constructor(limits: OnnxLimits) {
    this.limits = limits
  }

  count(what: Counted): void {
    this.#counts[what]++
    if (this.#counts[what] > this.limits[what])
      throw refusal(`the model has more than ${this.limits[what]} ${what}, which is the most that is read: split it into several models`)
  }
}
