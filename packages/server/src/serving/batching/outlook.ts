/** When the replicas will be free, from the runs in progress and what each was expected to take. */
import type { Runner } from '../../replicas/pool.ts'
import type { Forecast } from './forecast.ts'

interface Running {
  /** When it began, or is expected to: it may wait on its replica behind another. On the monotonic clock (ms). */
  beginsAt: number
  /** How long it was expected to take (ms). */
  readonly ms: number
}

const endOf = ({ beginsAt, ms }: Running) => beginsAt + ms

export class Outlook {
  readonly #runner: Pick<Runner, 'free' | 'slots'>
  readonly #forecast: Forecast
  readonly #running = new Set<Running>()

  constructor(runner: Pick<Runner, 'free' | 'slots'>, forecast: Forecast) {
    this.#runner = runner
    this.#forecast = forecast
  }

  /** A run was sent that should begin then and take so long; call the answer, with the time, when it has ended. */
  began(beginsAt: number, ms: number): (now: number) => void {
    const running = { beginsAt, ms }
    this.#running.add(running)
    return (now) => {
      this.#running.delete(running)
      this.#nextBegins(now)
    }
  }

  /** How long until a replica is expected to be free (ms). */
  untilFree(now: number): number {
    if (this.#running.size === 0 || this.#runner.free() > 0) return 0
    // Replicas that hold two frames are free after both.
    const behind = Math.min(this.#running.size - 1, Math.max(0, this.#running.size - this.#replicas()))
    if (behind === 0) {
      let soonest = Number.POSITIVE_INFINITY
      for (const running of this.#running) soonest = Math.min(soonest, endOf(running))
      return Math.max(0, soonest - now)
    }
    const ends = Array.from(this.#running, endOf).sort((a, b) => a - b)
    return Math.max(0, (ends[behind] as number) - now)
  }

  /** How long a request waits behind so many rows of others (ms); 0 while that is not known. */
  wait(rows: number, now: number): number {
    if (!this.#forecast.known) return 0
    return this.untilFree(now) + this.#forecast.backlogMs(rows) / this.#replicas()
  }

  /** Each takes two frames. */
  #replicas(): number {
    return Math.max(1, Math.round((this.#runner.slots() + this.#running.size) / 2))
  }

  /** A replica goes on with what waited on it: now, whenever that was expected. Errors of one forecast must not add up in the next. */
  #nextBegins(now: number): void {
    let next: Running | undefined
    for (const running of this.#running)
      if (running.beginsAt > now && running.beginsAt < (next?.beginsAt ?? Number.POSITIVE_INFINITY)) next = running
    if (next !== undefined) next.beginsAt = now
  }
}
