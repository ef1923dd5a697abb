/** Requests that differ in one number, too small to change the answer: each new, or popular ones again and again. */
export interface Variety {
  /** `unique` never sends a number twice; `zipf` sends the n-th most popular of 100,000 one n-th as often as the first. */
  readonly kind: 'unique' | 'zipf'
  /** Where in the body the number stands, as NUMBER_TEXT or as FP32. */
  readonly at: number
  readonly form: 'text' | 'fp32'
  /** What `unique` counts from, and `zipf` draws by. */
  readonly start: number
}

/** A number whose six decimals are replaced. */
export const NUMBER_TEXT = '1.000000e-6'
const MOST = 1_000_000
const POPULAR = 100_000

/** Copies of the request, each with the next number at `offset`. */
export function createVariety({ kind, form, start }: Variety, offset: number): (request: Buffer) => Buffer {
  const next = kind === 'unique' ? counting(start) : zipf(start)
  return (request) => {
    const own = Buffer.from(request)
    const number = next()
    if (form === 'text') own.write(String(number).padStart(6, '0'), offset + 2, 'latin1')
    else own.writeFloatLE((1 + number / MOST) * 1e-6, offset)
    return own
  }
}

function counting(start: number): () => number {
  let at = start
  return () => at++ % MOST
}

/** Ranks from 0, drawn by the inverse of their cumulative shares; the same for the same seed. */
export function zipf(seed: number): () => number {
  const cumulative = new Float64Array(POPULAR)
  let total = 0
  for (let rank = 0; rank < POPULAR; rank += 1) {
    total += 1 / (rank + 1)
    cumulative[rank] = total
  }
  const random = randomNumbers(seed)
  return () => {
    const wanted = random() * total
    let [low, high] = [0, POPULAR - 1]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((cumulative[middle] as number) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** mulberry32 */
function randomNumbers(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
