/** When requests are due in open-loop load: a Poisson process, as many independent people make it, the same for the same seed. */
import { createRandom } from '../base/random.ts'

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
