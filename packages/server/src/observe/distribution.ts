/** Latencies at one part in eight, whatever their size: finer than the scraped histogram, for the live figures people look at. */
import type { Summary } from '@slipway/protocol'

const scratch = new Float32Array(1)
const bits = new Uint32Array(scratch.buffer)
/** Exponent and the three highest fraction bits of an FP32: eight buckets for each doubling. */
const SHIFT = 20
const bucketOf = (value: number): number => {
  scratch[0] = value
  return (bits[0] as number) >>> SHIFT
}
const startOf = (bucket: number): number => {
  bits[0] = bucket << SHIFT
  return scratch[0] as number
}

/** Milliseconds below a microsecond and above about 17 minutes fall into the first and last bucket. */
const FIRST = bucketOf(0.001)
const LAST = bucketOf(2 ** 20) - 1

export class Distribution {
  readonly #counts = new Float64Array(LAST - FIRST + 1)
  #count = 0

  /** Milliseconds. Negative values and NaN are counted as zero. */
  observe(ms: number): void {
    const bucket = ms > 0 ? bucketOf(ms) : FIRST
    const index = bucket <= FIRST ? 0 : bucket >= LAST ? LAST - FIRST : bucket - FIRST
    this.#counts[index] = (this.#counts[index] as number) + 1
    this.#count += 1
  }

  get count(): number {
    return this.#count
  }

  /** Adds everything that `other` has seen. */
  add(other: Distribution): void {
    for (const [index, count] of other.#counts.entries()) this.#counts[index] = (this.#counts[index] as number) + count
    this.#count += other.#count
  }

  clear(): void {
    this.#counts.fill(0)
    this.#count = 0
  }

  /** The value below which the share `q` lies, within one part in eight; 0 without observations. */
  quantile(q: number): number {
    const rank = q * this.#count
    let seen = 0
    for (const [index, count] of this.#counts.entries()) {
      seen += count
      if (count === 0 || seen < rank) continue
      const start = index === 0 ? 0 : startOf(FIRST + index)
      return start + (startOf(FIRST + index + 1) - start) * ((rank - (seen - count)) / count)
    }
    return 0
  }

  /** Milliseconds. */
  summary(): Summary {
    return { count: this.#count, p50: this.quantile(0.5), p99: this.quantile(0.99) }
  }
}
