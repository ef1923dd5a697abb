/** What one setting can carry within the target: by clients that wait for each other, and by requests that come when they like. */
import { type Ask, closedLoop, type LoadDeps, type LoadFigures, openLoop } from './load.ts'
import type { Figures, Point } from './setting.ts'

export interface TrialOptions extends LoadDeps {
  /** Infinity where there is none. */
  readonly targetP99Ms: number
  /** How long the whole trial should take. */
  readonly forMs: number
}

const CLIENTS = [1, 2, 4, 8, 16, 32, 64, 128, 256]
/** Loads that are usually tried until more clients bring no more. */
const USUAL_STEPS = 7
const LEAST_STEP_MS = 60
/** Less than this more from twice the clients is no more. */
const MORE = 1.03

/** The first requests of a setting find cold code and empty caches. */
const WARM_UP = { clients: 16, part: 1 / 8 }
/** Loads in a row that miss the target, or bring no more, before heavier ones are not tried: one alone may be a hiccup. */
const ENOUGH = 2

/** Doubles the clients while that brings more and the target holds. */
export async function climb(ask: Ask, { targetP99Ms, forMs, ...deps }: TrialOptions): Promise<Figures> {
  const points: Point[] = []
  let best: Point | undefined
  let [missed, noMore] = [0, 0]
  await closedLoop(ask, { clients: WARM_UP.clients, forMs: WARM_UP.part * forMs }, deps)
  for (const clients of CLIENTS) {
    const point = { clients, ...rowsOf(await closedLoop(ask, { clients, forMs: Math.max(LEAST_STEP_MS, forMs / USUAL_STEPS) }, deps)) }
    points.push(point)
    missed = point.p99Ms > targetP99Ms ? missed + 1 : 0
    noMore = best !== undefined && point.rowsPerSecond < MORE * best.rowsPerSecond ? noMore + 1 : 0
    if (missed === 0 && (best === undefined || point.rowsPerSecond > best.rowsPerSecond)) best = point
    if (missed === ENOUGH || noMore === ENOUGH) break
  }
  const { clients: _, ...figures } = best ?? (points[0] as Point)
  return { ...figures, meets: best !== undefined, points }
}

/** Parts of the throughput of clients that wait for each other at which requests are then sent at random. */
const PARTS = [0.9, 0.75, 0.6, 0.45, 0.3]
/** A rate is kept up when at least this part of it is answered in its time. */
const KEPT_UP = 0.93

/** The highest of a few rates that stays within the target when requests come at random; each request is one row. */
export async function settle(ask: Ask, climbed: Figures, { targetP99Ms, forMs, ...deps }: TrialOptions): Promise<Figures> {
  let last: LoadFigures | undefined
  for (const part of PARTS) {
    const perSecond = part * climbed.rowsPerSecond
    last = await openLoop(ask, { perSecond, forMs }, deps)
    const kept = last.refused === 0 && last.perSecond >= KEPT_UP * perSecond
    if (kept && last.p99Ms <= targetP99Ms) return { ...rowsOf(last), meets: true, points: climbed.points }
  }
  return { ...rowsOf(last as LoadFigures), meets: false, points: climbed.points }
}

/** One row a request. */
function rowsOf({ perSecond, p50Ms, p99Ms, meanRows }: LoadFigures): Omit<Point, 'clients'> {
  return { rowsPerSecond: perSecond, p50Ms, p99Ms, meanRows }
}
