/** A whole load test: the stages it takes, what they showed, and what limits the server. */
import type { Clock } from '../base/clock.ts'
import { figuresBetween, type Scrape, type ServerFigures } from './figures.ts'
import type { Load, LoadPlan, WindowReport } from './load-plan.ts'
import { capacityOf, holds, nextRate, type Step } from './ramp.ts'
import type { StageOptions, StageResult } from './stage.ts'
import type { BenchTarget } from './target.ts'
import { type Seen, type Verdict, verdictOf } from './verdict.ts'

/** `capacity` looks for the highest rate that holds; the others put one load on. */
export type BenchMode = { readonly kind: 'capacity' } | { readonly kind: 'rate'; readonly perSecond: number } | { readonly kind: 'closed' }

export interface BenchOptions {
  readonly mode: BenchMode
  readonly connections: number
  readonly warmUpMs: number
  readonly windowMs: number
  /** Most windows of one stage. */
  readonly windows: number
  readonly targetP99Ms?: number | undefined
  readonly seed: number
}

export interface NamedStage {
  readonly name: string
  /** Requests a second that were offered; absent in a closed loop. */
  readonly offered?: number
  readonly result: StageResult
  readonly server?: ServerFigures
}

export interface BenchResult {
  readonly roundTripMs: number
  readonly stages: readonly NamedStage[]
  /** The highest rate that held (requests/s); absent unless it was looked for. */
  readonly capacity?: number
  /** The stage that the verdict is about. */
  readonly judged: NamedStage
  readonly verdict: Verdict
}

export interface BenchDeps {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly runStage: (plan: LoadPlan, options: StageOptions) => Promise<StageResult>
  readonly signal: AbortSignal
  onStage(name: string): void
  onWindow(window: WindowReport, stage: string): void
}

/** Requests that may be under way at once in open loop; more than that wait in line, and are counted. */
const OPEN_CONNECTIONS = 128

/** Rejects with the signal's reason when it is told to end. */
export async function runBench(target: BenchTarget, options: BenchOptions, deps: BenchDeps): Promise<BenchResult> {
  const { mode, connections, seed } = options
  const roundTripMs = await target.roundTripMs()
  const closed: Load = { kind: 'closed', connections }
  const open = (perSecond: number): Load => ({ kind: 'open', perSecond, connections: Math.max(connections, OPEN_CONNECTIONS), seed })
  const stage = (name: string, load: Load) => runNamed(target, { name, load }, { options, deps })
  const judge = (judged: NamedStage, saturated: boolean) => verdictOf(seenOf(judged, { target, roundTripMs, saturated }))
  if (mode.kind !== 'capacity') {
    const only = mode.kind === 'closed' ? await stage('closed loop', closed) : await stage(rateName(mode.perSecond), open(mode.perSecond))
    const saturated = mode.kind === 'closed' || !holds(only.result, mode.perSecond)
    return { roundTripMs, stages: [only], judged: only, verdict: judge(only, saturated) }
  }
  const first = await stage('closed loop', closed)
  const stages = [first]
  const steps: Step[] = []
  const reached = first.result.perSecond.value
  for (let rate = reached > 0 ? nextRate(steps, reached) : undefined; rate !== undefined; rate = nextRate(steps, reached)) {
    const next = await stage(rateName(rate), open(rate))
    stages.push(next)
    steps.push({ perSecond: rate, holds: holds(next.result, rate, options.targetP99Ms) })
  }
  return { roundTripMs, stages, capacity: capacityOf(steps), judged: first, verdict: judge(first, true) }
}

const rateName = (perSecond: number): string => `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} requests/s`

interface Around {
  readonly options: BenchOptions
  readonly deps: BenchDeps
}

async function runNamed(
  target: BenchTarget,
  { name, load }: { readonly name: string; readonly load: Load },
  { options, deps }: Around,
): Promise<NamedStage> {
  const { clock, runStage, signal, onStage, onWindow } = deps
  const { origin, transport, requests } = target
  const { warmUpMs, windowMs, windows } = options
  onStage(name)
  const scrapes: { readonly at: number; readonly scrape: Scrape }[] = []
  const scrape = async () => {
    const found = await target.scrape().catch(() => undefined)
    if (found !== undefined) scrapes.push({ at: clock.monotonic(), scrape: found })
  }
  // The first window tells that the load is there; the server's figures are taken from then to the last window.
  const scraping: Promise<void>[] = []
  const result = await runStage(
    { origin, transport, requests, load, warmUpMs, windowMs, windows },
    {
      signal,
      onWindow: (window) => {
        onWindow(window, name)
        scraping.push(scrape())
      },
    },
  )
  await Promise.all(scraping)
  const [from, to] = [scrapes[0], scrapes.at(-1)]
  const server =
    from === undefined || to === undefined || to.at === from.at
      ? undefined
      : figuresBetween(from.scrape, to.scrape, { model: target.model, seconds: (to.at - from.at) / 1000 })
  return { name, result, ...(load.kind === 'open' ? { offered: load.perSecond } : {}), ...(server === undefined ? {} : { server }) }
}

interface Circumstances {
  readonly target: Pick<BenchTarget, 'beside'>
  readonly roundTripMs: number
  readonly saturated: boolean
}

function seenOf({ result, server }: NamedStage, { target, roundTripMs, saturated }: Circumstances): Seen {
  const { windows, p50, failed, firstFailure } = result
  const seconds = windows.reduce((sum, window) => sum + window.seconds, 0)
  return {
    phases: meanPhases(windows),
    p50: p50.value,
    roundTripMs,
    saturated,
    client: {
      loopBusy: windows.reduce((sum, window) => sum + window.loopBusy * window.seconds, 0) / seconds,
      cpu: windows.reduce((sum, window) => sum + window.cpuSeconds, 0) / seconds,
      beside: target.beside,
    },
    failures: failed,
    ...(firstFailure === undefined ? {} : { firstFailure }),
    ...(server === undefined ? {} : { server }),
  }
}

/** Mean milliseconds of a request by phase. */
export function meanPhases(windows: readonly WindowReport[]): Readonly<Record<string, number>> {
  const timed = windows.reduce((sum, window) => sum + window.timed, 0)
  const phases: Record<string, number> = {}
  for (const window of windows) for (const [name, ms] of Object.entries(window.phases)) phases[name] = (phases[name] ?? 0) + ms / timed
  return phases
}
