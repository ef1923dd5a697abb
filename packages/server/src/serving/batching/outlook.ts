/** When the replicas will be free, from the runs in progress and what each was expected to take. */
import type { Runner } from '../../replicas/pool.ts'
import type { Forecast } from './forecast.ts'

interface Running {
  /** On the monotonic clock (ms). */
  readonly endsAt: number
}

export class Outlook {
  readonly #runner: Pick<Runner, 'free' | 'slots'>
  readonly #forecast: Forecast
  readonly #running = new Set<Running>()

  constructor(runner: Pick<Runner, 'free' | 'slots'>, forecast: Forecast) {
    this.#runner = runner
    this.#forecast = forecast
  }

  /** A run was sent that should end then; call the answer when it has. */
  began(endsAt: number): () => void {
    const running = { endsAt }
    this.#running.add(running)
    return () => void this.#running.delete(running)
  }

  /** How long until a replica is expected to be free (ms). */
  untilFree(now: number): number {
    if (this.#runner.free() > 0) return 0
    let soonest = Number.POSITIVE_INFINITY
    for (const { endsAt } of this.#running) soonest = Math.min(soonest, endsAt)
    return soonest === Number.POSITIVE_INFINITY ? 0 : Math.max(0, soonest - now)
  }

  /** How long a request waits behind so many rows of others (ms); 0 while that is not known. */
  wait(rows: number, now: number): number {
    if (!this.#forecast.known) return 0
    // Each replica takes two frames.
    const replicas = Math.max(1, Math.round((this.#runner.slots() + this.#running.size) / 2))
    return this.untilFree(now) + this.#forecast.backlogMs(rows) / replicas
  }
}
