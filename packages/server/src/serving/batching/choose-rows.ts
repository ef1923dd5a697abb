/**
 * How much of what waits goes into the next run. Pure: every figure is handed in.
 *
 * To take all is not always best: a run may cost as much for 9 rows as for 16, or grow faster than its rows; while it lasts the
 * answers of its first rows wait for its last; and another replica may stand idle. So of the sizes that keep throughput, the one is
 * taken after which all that wait are answered soonest on average.
 */

export interface Situation {
  /** Rows of the first waiting request, of the first two, and so on; at most what a run may hold. */
  readonly ends: readonly number[]
  /** Rows that wait behind those: whatever is lost they lose, too. */
  readonly behind?: number
  /** Replicas with nothing to do. */
  readonly free: number
  /** What the run may take (ms) for the latency target; Infinity without one. */
  readonly budgetMs: number
  /** Whether it is known what a row more costs; without that a run is only held to its budget. */
  readonly shaped: boolean
  /** What a run of so many rows is expected to take (ms). */
  timeOf(rows: number): number
}

export type Reason = 'all' | 'target' | 'marginal'
export interface Choice {
  /** So many of the waiting requests. */
  readonly entries: number
  /** all: nothing stood against it; target: more would break the latency target; marginal: more rows would gain less than they cost. */
  readonly reason: Reason
}

/** Part of the best throughput that is not given up for sooner answers. */
const KEPT = 0.97
/** Answers must come sooner by this part before a run is made smaller: the curve is an estimate. */
const WORTH = 0.1
/** Past this many candidates only some are weighed, an eighth apart. */
const DENSE = 32

export function chooseRows(situation: Situation): Choice {
  const { ends, timeOf } = situation
  const all = ends.length
  if (all <= 1) return { entries: all, reason: 'all' }
  const within = withinBudget(situation)
  if (!situation.shaped) return { entries: within, reason: within === all ? 'all' : 'target' }
  const shared = share(situation, within)
  let best = 0
  for (const index of candidates(shared)) best = Math.max(best, rate(ends[index] as number, timeOf))
  const rows = ends[shared - 1] as number
  const behind = (situation.behind ?? 0) + (ends[all - 1] as number) - rows
  let chosen = shared
  let least = (rate(rows, timeOf) >= KEPT * best ? 1 - WORTH : Number.POSITIVE_INFINITY) * (rows + behind) * timeOf(rows)
  for (const index of candidates(shared)) {
    const own = ends[index] as number
    if (own >= rows || rate(own, timeOf) < KEPT * best) continue
    const [first, rest] = [timeOf(own), timeOf(rows - own)]
    const waited = (rows + behind) * first + (rows + behind - own) * rest
    if (waited >= least) continue
    least = waited
    chosen = index + 1
  }
  return { entries: chosen, reason: chosen === all ? 'all' : chosen === within ? 'target' : 'marginal' }
}

/** The least rows that come close to the best throughput of any run of at most `maxRows`. */
export function efficientRows(maxRows: number, timeOf: (rows: number) => number): number {
  let best = 0
  for (const index of candidates(maxRows)) best = Math.max(best, rate(index + 1, timeOf))
  for (const index of candidates(maxRows)) if (rate(index + 1, timeOf) >= KEPT * best) return index + 1
  return maxRows
}

/** As many requests as keep the latency target; all of them when not even one does, since smaller runs would only make the queue longer. */
function withinBudget({ ends, budgetMs, timeOf }: Situation): number {
  if (budgetMs === Number.POSITIVE_INFINITY || timeOf(ends[0] as number) > budgetMs) return ends.length
  let [low, high] = [1, ends.length]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (timeOf(ends[middle - 1] as number) <= budgetMs) low = middle
    else high = middle - 1
  }
  return low
}

/** Divides among the free replicas while those who wait gain more than the replicas lose by one run more. */
function share({ ends, free, timeOf }: Situation, most: number): number {
  const rows = ends[most - 1] as number
  let ways = 1
  for (let more = 2; more <= Math.min(free, most); more++) {
    const [now, then] = [timeOf(rows / ways), timeOf(rows / more)]
    if (now - then <= more * then - ways * now) break
    ways = more
  }
  if (ways === 1) return most
  const part = rows / ways
  const index = ends.findIndex((end) => end >= part)
  return index < 0 ? most : Math.min(most, index + 1)
}

const rate = (rows: number, timeOf: (rows: number) => number): number => rows / Math.max(1e-9, timeOf(rows))

/** Places 0 to `count` - 1: all of the first ones, then an eighth apart, and always the last. */
function* candidates(count: number): Generator<number> {
  let index = 0
  while (index < count - 1) {
    yield index
    index += index < DENSE ? 1 : index >> 3
  }
  if (count > 0) yield count - 1
}
