/** One line, or one histogram, of the metrics: what the hot path holds. Observing allocates nothing and touches no string. */

export class Counter {
  /** Only ever grows. */
  value = 0

  inc(by = 1): void {
    this.value += by
  }
}

export class Gauge {
  #value = 0
  #read: (() => number) | undefined

  set(value: number): void {
    this.#value = value
  }

  add(by: number): void {
    this.#value += by
  }

  /** From now on the value is asked for at each scrape; an answer that throws reads as NaN. */
  follow(read: () => number): void {
    this.#read = read
  }

  get value(): number {
    if (this.#read === undefined) return this.#value
    try {
      return this.#read()
    } catch {
      return Number.NaN
    }
  }
}

export class Histogram {
  /** Upper bounds, ascending; a last bucket without a bound follows. */
  readonly bounds: Float64Array
  /** Observations by bucket, not cumulative; one longer than `bounds`. */
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = Float64Array.from(bounds)
    this.counts = new Float64Array(bounds.length + 1)
  }

  /** NaN is left out, since one would spoil the sum for good. */
  observe(value: number): void {
    if (Number.isNaN(value)) return
    const { bounds, counts } = this
    let low = 0
    let high = bounds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (value <= (bounds[middle] as number)) high = middle
      else low = middle + 1
    }
    counts[low] = (counts[low] as number) + 1
    this.sum += value
  }

  get count(): number {
    return this.counts.reduce((total, count) => total + count, 0)
  }
}

/**
 * The value below which the share `q` (0 to 1) of the observations lies, interpolated inside its bucket as Prometheus'
 * histogram_quantile does; NaN without observations, the last bound when it lies past it.
 */
export function quantile(histogram: Histogram, q: number): number {
  const { bounds, counts } = histogram
  const total = histogram.count
  if (total === 0) return Number.NaN
  const rank = q * total
  let seen = 0
  for (const [index, count] of counts.entries()) {
    seen += count
    if (seen < rank || count === 0) continue
    const upper = bounds[index]
    if (upper === undefined) return bounds.at(-1) ?? Number.NaN
    const lower = index === 0 ? Math.min(0, upper) : (bounds[index - 1] as number)
    return lower + (upper - lower) * ((rank - (seen - count)) / count)
  }
  return bounds.at(-1) ?? Number.NaN
}
