/** Latencies of one window, counted in buckets that are one part in 64 wide: fine enough to tell 5 % apart, small enough to hand on. */

const scratch = new Float32Array(1)
const bits = new Uint32Array(scratch.buffer)
/** Exponent and the six highest fraction bits of an FP32. */
const SHIFT = 17
const bucketOf = (ms: number): number => {
  scratch[0] = ms
  return (bits[0] as number) >>> SHIFT
}
const startOf = (bucket: number): number => {
  bits[0] = bucket << SHIFT
  return scratch[0] as number
}

/** Below a microsecond and above 17 minutes, latencies fall into the first and the last bucket. */
const FIRST = bucketOf(0.001)
const BUCKETS = bucketOf(2 ** 20) - FIRST

export class Latencies {
  readonly #counts = new Float64Array(BUCKETS)
  count = 0
  mostMs = 0

  observe(ms: number): void {
    const index = ms > 0 ? Math.min(BUCKETS - 1, Math.max(0, bucketOf(ms) - FIRST)) : 0
    this.#counts[index] = (this.#counts[index] as number) + 1
    this.count += 1
    if (ms > this.mostMs) this.mostMs = ms
  }

  add(other: Latencies): void {
    for (const [index, count] of other.#counts.entries()) this.#counts[index] = (this.#counts[index] as number) + count
    this.count += other.count
    this.mostMs = Math.max(this.mostMs, other.mostMs)
  }

  /** The latency (ms) below which the share `q` of all lies, within 1.6 %; NaN without any. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN
    const rank = q * this.count
    let seen = 0
    for (const [index, count] of this.#counts.entries()) {
      seen += count
      if (count === 0 || seen < rank) continue
      const start = startOf(FIRST + index)
      const end = startOf(FIRST + index + 1)
      return Math.min(this.mostMs, start + (end - start) * ((rank - (seen - count)) / count))
    }
    return this.mostMs
  }

  /** Each bucket that holds something: where it starts (ms), and how many. */
  buckets(): readonly { readonly fromMs: number; readonly count: number }[] {
    const found: { fromMs: number; count: number }[] = []
    for (const [index, count] of this.#counts.entries()) if (count > 0) found.push({ fromMs: startOf(FIRST + index), count })
    return found
  }

  /** A short text that `parse` reads. */
  toText(): string {
    const parts: string[] = [this.mostMs.toString()]
    let last = 0
    for (const [index, count] of this.#counts.entries()) {
      if (count === 0) continue
      // A bucket right after the one before is the usual case.
      parts.push(index - last === 1 ? count.toString(36) : `${(index - last).toString(36)}:${count.toString(36)}`)
      last = index
    }
    return parts.join(' ')
  }

  static parse(text: string): Latencies {
    const latencies = new Latencies()
    const [most = '0', ...parts] = text.split(' ')
    let index = 0
    for (const part of parts) {
      const colon = part.indexOf(':')
      const count = Number.parseInt(part.slice(colon + 1), 36)
      index += colon < 0 ? 1 : Number.parseInt(part.slice(0, colon), 36)
      latencies.#counts[index] = count
      latencies.count += count
    }
    latencies.mostMs = Number(most)
    return latencies
  }
}
