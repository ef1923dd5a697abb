/** When requests are due in open-loop load: a Poisson process, as many independent people make it, the same for the same seed. */

/** A small generator of repeatable numbers in [0, 1): mulberry32, public domain (Tommy Ettinger, 2017). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Each call answers the time of the next arrival in milliseconds since the start; `perSecond` on average. */
export function poissonArrivals(perSecond: number, seed: number): () => number {
  const random = createRandom(seed)
  const meanMs = 1000 / perSecond
  let at = 0
  return () => {
    at -= Math.log(1 - random()) * meanMs
    return at
  }
}
