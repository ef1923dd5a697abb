import { createRandom } from '../../packages/server/src/base/random.ts'

/** When requests arrive, in milliseconds from 0: a Poisson process of `perSecond` for `ms`. */
export function poissonArrivals(perSecond: number, ms: number, seed: number): readonly number[] {
  const next = createRandom(seed)
  const times: number[] = []
  for (let at = 0; ; times.push(at)) {
    at += (-Math.log(1 - next()) * 1000) / perSecond
    if (at >= ms) return times
  }
}
