/** Why replicas died lately, by their address: processes that lost a frame with one ask for it. */
import type { Clock } from '../../base/clock.ts'
import { type Death, lostError } from '../../replicas/replica.ts'
import type { WhyLost } from './messages.ts'

const MOST_KEPT = 64
/** A process may see the connection end before the death was seen here. */
const PATIENCE_MS = 1000
const UNKNOWN: WhyLost = { code: 'UNAVAILABLE', message: 'the worker ended while your request was on it; send the request again' }

export class Deaths {
  readonly #clock: Clock
  readonly #known = new Map<string, WhyLost>()
  readonly #waiting = new Map<string, PromiseWithResolvers<WhyLost>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add({ address, cause, why, runMs }: Death): void {
    if (address === undefined) return
    const { code, message } = lostError(cause, why, runMs)
    this.#known.set(address, { code, message })
    this.#waiting.get(address)?.resolve({ code, message })
    this.#waiting.delete(address)
    for (const oldest of this.#known.keys()) if (this.#known.size > MOST_KEPT) this.#known.delete(oldest)
  }

  async why(address: string): Promise<WhyLost> {
    const known = this.#known.get(address)
    if (known !== undefined) return known
    const waiting = this.#waiting.get(address) ?? Promise.withResolvers<WhyLost>()
    this.#waiting.set(address, waiting)
    const cancel = this.#clock.after(PATIENCE_MS, () => {
      this.#waiting.delete(address)
      waiting.resolve(UNKNOWN)
    })
    return waiting.promise.finally(cancel)
  }
}
