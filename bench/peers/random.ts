/** Numbers in [0, 1) from a seed, the same in every run: mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** When requests arrive, in milliseconds from 0: a Poisson process of `perSecond` for `ms`. */
export function poissonArrivals(perSecond: number, ms: number, seed: number): readonly number[] {
  const next = random(seed)
  const times: number[] = []
  for (let at = 0; ; times.push(at)) {
    at += (-Math.log(1 - next()) * 1000) / perSecond
    if (at >= ms) return times
  }
}
