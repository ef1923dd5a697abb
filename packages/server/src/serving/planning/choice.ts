/** Decides among measured plans. Pure: the figures come from `measure`. */
import { type Shape, sameShape } from '../plan.ts'

export interface Measured {
  readonly shape: Shape
  /** Milliseconds until one row is answered while nothing else runs, at best. */
  readonly aloneMs: number
  /** Rows in each run of the load below: those that gave most rows per second. */
  readonly rows: number
  /** Milliseconds from one such run's answer to the next on a replica, while all of them are busy. */
  readonly runMs: number
  /** Rows per second while all replicas are busy, with nothing but the runs to do. */
  readonly rowsPerSecond: number
  /** Milliseconds of runs of each number of rows that was tried, with all replicas busy. */
  readonly curve?: readonly { readonly rows: number; readonly ms: number }[]
}

export interface Goal {
  readonly cpus: number
  /** CPU milliseconds that the server's own process spends on a row: reading, joining, answering. */
  readonly serveMs: number
  /** Processes that answer HTTP. */
  readonly httpProcesses: number
  readonly targetP99Ms?: number | undefined
}

export interface Verdict {
  readonly chosen: Measured
  /** Sustained throughput of the chosen one over that of the current one; 1 when nothing changes. */
  readonly gain: number
}

/** Below this a difference is as likely noise, and a swap costs a start of every replica. */
const WORTH = 1.1
/** The engine's own default is the promise not to fall behind: a smaller lead counts. */
const WORTH_OVER_DEFAULT = 1.03
/** Without a target, another plan may not buy throughput by making a lone row wait longer than this many times the quickest. */
const MOST_SLOWER_ALONE = 2.5

/**
 * Rows per second that the whole server can sustain. Replicas measured alone overestimate: the rows must also be read and
 * answered, on the same CPUs, and by so many processes at most. Threads of one run wait for the one that lost its CPU to that.
 */
export function sustained({ shape, rowsPerSecond }: Pick<Measured, 'shape' | 'rowsPerSecond'>, goal: Goal): number {
  if (rowsPerSecond <= 0) return 0
  const busy = Math.min(shape.replicas * shape.threads, goal.cpus)
  const stalled = shape.replicas * shape.threads >= goal.cpus ? shape.threads : 1
  const cpuMsOfRow = (busy * 1000) / rowsPerSecond + stalled * goal.serveMs
  return Math.min(rowsPerSecond, (goal.cpus * 1000) / cpuMsOfRow, (goal.httpProcesses * 1000) / goal.serveMs)
}

/** A row that comes just after a run has started waits for it and takes a run of its own. */
const worstMs = ({ runMs }: Measured) => 2 * runMs

function fitting(measured: readonly Measured[], now: Measured | undefined, { targetP99Ms }: Goal): readonly Measured[] {
  if (targetP99Ms !== undefined) {
    const within = measured.filter((one) => worstMs(one) <= targetP99Ms)
    return within.length > 0 ? within : [measured.reduce((best, one) => (worstMs(one) < worstMs(best) ? one : best))]
  }
  const quickest = Math.min(...measured.map(({ aloneMs }) => aloneMs))
  return measured.filter((one) => one === now || one.aloneMs <= MOST_SLOWER_ALONE * quickest)
}

/** `current` is what serves now, `engine` the engine's own default; both are looked up in `measured` and may be missing there. Needs one measured plan. */
export function choose(
  measured: readonly Measured[],
  { current, engine }: { readonly current: Shape; readonly engine: Shape },
  goal: Goal,
): Verdict {
  const now = measured.find(({ shape }) => sameShape(shape, current))
  const fit = fitting(measured, now, goal)
  const best = fit.reduce((most, one) => (sustained(one, goal) > sustained(most, goal) ? one : most))
  if (now === undefined) return { chosen: best, gain: 1 }
  const gain = sustained(best, goal) / sustained(now, goal)
  if (!fit.includes(now)) return { chosen: best, gain }
  const rival = fit.find(({ shape }) => sameShape(shape, engine))
  const behind = rival !== undefined && sustained(rival, goal) > WORTH_OVER_DEFAULT * sustained(now, goal)
  return gain > WORTH || behind ? { chosen: best, gain } : { chosen: now, gain: 1 }
}
