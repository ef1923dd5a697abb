/** Which of the waiting requests make up the next run. Pure but for the forecast's curiosity; who runs it settles what it drops. */
import type { RunReason } from '../../observe/model-metrics.ts'
import type { Entry } from '../waiting.ts'
import { chooseRows } from './choose-rows.ts'
import type { Forecast } from './forecast.ts'

export interface RunSituation {
  /** On the monotonic clock (ms). */
  readonly now: number
  /** Most rows in one run; 0: one request is a run. */
  readonly maxRows: number
  /** Rows of all that wait. */
  readonly waitingRows: number
  /** Replicas with nothing to do. */
  readonly free: number
  /** How long until the run can begin (ms): 0 on an idle replica. */
  readonly untilMs: number
  readonly targetP99Ms: number | undefined
  readonly forecast: Forecast
}

export interface NextRun {
  /** In the order in which they wait; empty only when nobody is left. */
  readonly entries: readonly Entry[]
  /** Why it holds less than it could: undefined when it does not. */
  readonly limit: Extract<RunReason, 'target' | 'deadline' | 'marginal'> | undefined
  /** Whose answer would come too late, and would make others late. */
  readonly hopeless: readonly Entry[]
  readonly abandoned: readonly Entry[]
}

interface Gathered {
  readonly taken: Entry[]
  /** Rows of the first, of the first two, and so on. */
  readonly ends: number[]
  readonly hopeless: Entry[]
  readonly abandoned: Entry[]
  /** Elements of a row of the largest: the others are padded to it. */
  unit: number
  /** The first deadline of those taken. */
  earliest: number
  /** A further one would make one of those taken late. */
  cut: boolean
}

/** Requests looked at for one run: those that are passed over must not make it a search. */
const MOST_LOOKED_AT = 1024

export function nextRun(group: Iterable<Entry>, situation: RunSituation): NextRun {
  const gathered = gather(group, situation)
  const { taken, hopeless, abandoned } = gathered
  // With nobody else to gain by it, the late one is run: so a forecast that was wrong is put right.
  if (taken.length === 0) return { entries: hopeless.slice(0, 1), limit: undefined, hopeless: [], abandoned }
  const { entries, limit } = situation.forecast.known ? choose(gathered, situation) : { entries: taken.length, limit: undefined }
  return { entries: entries === taken.length ? taken : taken.slice(0, entries), limit, hopeless, abandoned }
}

function gather(group: Iterable<Entry>, situation: RunSituation): Gathered {
  const { now, maxRows, untilMs, forecast } = situation
  const gathered: Gathered = {
    taken: [],
    ends: [],
    hopeless: [],
    abandoned: [],
    unit: 0,
    earliest: Number.POSITIVE_INFINITY,
    cut: false,
  }
  const { taken, ends } = gathered
  const refused = new Set<number>()
  let rows = 0
  let looked = 0
  for (const entry of group) {
    looked += 1
    if (looked > MOST_LOOKED_AT || (taken.length > 0 && rows + entry.rows > maxRows)) break
    if (entry.context.signal.aborted) {
      gathered.abandoned.push(entry)
      continue
    }
    if (!joins(entry, rows, gathered.unit, refused, forecast)) continue
    const unit = Math.max(gathered.unit, entry.unit)
    const begins = now + untilMs
    const { deadline } = entry.context
    if (begins + forecast.timeOf(entry.rows, entry.unit) > deadline) {
      gathered.hopeless.push(entry)
      continue
    }
    const earliest = Math.min(gathered.earliest, deadline)
    if (taken.length > 0 && begins + forecast.timeOf(rows + entry.rows, unit) > earliest) {
      gathered.cut = true
      break
    }
    rows += entry.rows
    taken.push(entry)
    ends.push(rows)
    gathered.unit = unit
    gathered.earliest = earliest
  }
  return gathered
}

/** True when a run with it, padded to the longest, costs no more than a run without it and one of its own. */
function joins(entry: Entry, rows: number, unit: number, refused: Set<number>, forecast: Forecast): boolean {
  if (rows === 0 || entry.unit === unit) return true
  if (refused.has(entry.unit)) return false
  const joined = forecast.timeOf(rows + entry.rows, Math.max(unit, entry.unit))
  if (forecast.known && joined <= forecast.timeOf(rows, unit) + forecast.timeOf(entry.rows, entry.unit)) return true
  // Nor any other as long, or those of one length would overtake each other.
  refused.add(entry.unit)
  return false
}

function choose(gathered: Gathered, situation: RunSituation): { readonly entries: number; readonly limit: NextRun['limit'] } {
  const { taken, ends, unit } = gathered
  const { now, untilMs, targetP99Ms, forecast, free } = situation
  const timeOf = (rows: number) => forecast.timeOf(rows, unit)
  const waited = now - (taken[0] as Entry).enteredAt + untilMs
  // Half the target is what a run may always take: whoever came while it ran has waited no longer than that.
  const budgetMs = targetP99Ms === undefined ? Number.POSITIVE_INFINITY : Math.max(targetP99Ms - waited, targetP99Ms / 2)
  const choice = chooseRows({
    ends,
    behind: Math.max(0, situation.waitingRows - (ends.at(-1) as number)),
    free,
    budgetMs,
    shaped: forecast.shaped,
    timeOf,
  })
  let { entries } = choice
  let limit: NextRun['limit'] = choice.reason === 'all' ? undefined : choice.reason
  const tried = taken.length === 1 ? undefined : forecast.curiosity(ends[entries - 1] as number, ends.at(-1) as number, unit)
  if (tried !== undefined && timeOf(tried) <= budgetMs) {
    entries = Math.max(1, ends.filter((end) => end <= tried).length)
    limit = entries === taken.length ? undefined : 'marginal'
  }
  const urgent = lastUrgent(gathered, entries, now + untilMs, timeOf)
  if (urgent > entries) return { entries: urgent, limit: 'deadline' }
  return entries === taken.length && gathered.cut ? { entries, limit: 'deadline' } : { entries, limit }
}

/** How many must be in the run so that nobody behind it comes too late who would not in it. */
function lastUrgent({ taken, ends, earliest }: Gathered, entries: number, begins: number, timeOf: (rows: number) => number): number {
  const own = ends[entries - 1] as number
  const all = ends.at(-1) as number
  const ends1 = begins + timeOf(own)
  if (earliest > ends1 + timeOf(all - own)) return entries
  for (let index = taken.length - 1; index >= entries; index--) {
    if (ends1 + timeOf((ends[index] as number) - own) > (taken[index] as Entry).context.deadline) return index + 1
  }
  return entries
}
