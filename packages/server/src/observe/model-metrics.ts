/** The figures of one model version: scraped metrics, Triton's names beside them, and the live figures of the API. */
import type { ErrorCode, ModelStats, Phases } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { Distribution } from './distribution.ts'
import type { Metrics } from './metrics.ts'
import { openModelFamilies } from './model-families.ts'
import type { Counter, Histogram } from './series.ts'
import { type Totals, TotalsCounter } from './totals.ts'
import { createTritonCounters } from './triton-counters.ts'
import { createRateMeter } from './window.ts'

/** Why a run started (idle, full, delay, ahead), or, where it holds less than it could, why that is. */
export const RUN_REASONS = ['idle', 'full', 'delay', 'ahead', 'target', 'deadline', 'marginal'] as const
export type RunReason = (typeof RUN_REASONS)[number]
export type DeathCause = 'crash' | 'killed' | 'memory'
export type PhaseName = keyof Phases

/** In the order in which a request meets them. */
const PHASES = ['decode', 'cache', 'queue', 'batch', 'transport', 'transform', 'infer', 'encode'] as const satisfies readonly PhaseName[]

/** One run: its rows, why it started then, and milliseconds: all of it, in the engine, in the transforms, on the way there and back. */
export interface RunFigures {
  readonly rows: number
  /** Copies of rows that it was filled up with. */
  readonly paddedRows: number
  /** Elements that shorter rows were filled up with. */
  readonly paddedElements: number
  readonly reason: RunReason
  readonly ms: number
  readonly inferMs: number
  readonly transformMs: number
  readonly transportMs: number
}

export interface ReplicaCount {
  readonly ready: number
  readonly wanted: number
}

export interface ModelMetrics {
  /** One request of `rows` was answered; phases in milliseconds. */
  answered(phases: Phases, rows: number, dialect: string): void
  /** One request was refused or failed after `ms`. */
  failed(code: ErrorCode, dialect: string, ms: number): void
  /** A phase that is known only after `answered`, such as encoding. */
  phase(name: PhaseName, ms: number, dialect: string): void
  /** One run of the model was answered. */
  ran(run: RunFigures): void
  /** A replica ended that should not have. */
  died(cause: DeathCause): void
  /** Where the gauges of waiting rows and replicas are read, at each scrape. */
  follow(read: { readonly queueRows: () => number; readonly replicas: () => ReplicaCount }): void
  /** Since this object was made. */
  stats(): ModelStats
  /** Sums and counts since this object was made. */
  totals(): Totals
  /** Takes the model's series out of the metrics, unless another holder of the same version is left. */
  close(): void
}

export interface ModelMetricsOptions {
  readonly model: string
  readonly version: string
  readonly clock: Clock
  /** By name: what runs it, and what its settings prefer. */
  readonly execution?: { readonly provider: string; readonly wanted: string }
}

interface DialectSeries {
  readonly ok: Counter
  readonly phases: Readonly<Record<PhaseName, Histogram>>
}

const NO_REPLICAS: ReplicaCount = { ready: 0, wanted: 0 }

export function createModelMetrics(metrics: Metrics, { model, version, clock, execution }: ModelMetricsOptions): ModelMetrics {
  const own = { model, version }
  const families = openModelFamilies(metrics)
  const release = metrics.hold(own)
  const running =
    execution === undefined ? undefined : families.provider.with({ ...own, provider: execution.provider, wanted: execution.wanted })
  running?.add(1)
  const triton = createTritonCounters(metrics, own)
  const runs = Object.fromEntries(RUN_REASONS.map((reason) => [reason, families.runs.with({ ...own, reason })])) as Record<
    RunReason,
    Counter
  >
  const paddedRows = families.paddedRows.with(own)
  const paddedElements = families.paddedElements.with(own)
  const deaths = {
    crash: families.deaths.with({ ...own, cause: 'crash' }),
    killed: families.deaths.with({ ...own, cause: 'killed' }),
    memory: families.deaths.with({ ...own, cause: 'memory' }),
  }
  const runRows = families.runRows.with(own)
  const runSeconds = families.runSeconds.with(own)
  const runPhases = {
    infer: families.runPhases.with({ ...own, phase: 'infer' }),
    transform: families.runPhases.with({ ...own, phase: 'transform' }),
    transport: families.runPhases.with({ ...own, phase: 'transport' }),
  }
  const live = createLiveFigures(clock)
  const totals = new TotalsCounter(clock)
  const dialects = new Map<string, DialectSeries>()
  const dialectSeries = (dialect: string): DialectSeries => {
    const known = dialects.get(dialect)
    if (known !== undefined) return known
    const phase = (name: PhaseName) => families.phases.with({ ...own, dialect, phase: name })
    const made: DialectSeries = {
      ok: families.requests.with({ ...own, dialect, code: 'OK' }),
      phases: Object.fromEntries(PHASES.map((name) => [name, phase(name)])) as Record<PhaseName, Histogram>,
    }
    dialects.set(dialect, made)
    return made
  }
  let sources = { queueRows: () => 0, replicas: () => NO_REPLICAS }
  let crashes = 0
  let killed = 0

  return {
    answered: (phases, rows, dialect) => {
      const series = dialectSeries(dialect)
      series.ok.value += 1
      let total = 0
      for (let index = 0; index < PHASES.length; index++) {
        const name = PHASES[index] as PhaseName
        const ms = phases[name]
        if (ms === undefined) continue
        total += ms
        series.phases[name].observe(ms / 1000)
        live.phases[name].observe(ms)
      }
      live.answered(total, rows)
      triton.answered(phases, total, rows)
      totals.answered(phases, total, rows)
    },
    failed: (code, dialect, ms) => {
      families.requests.with({ ...own, dialect, code }).value += 1
      live.failed()
      triton.failed()
      totals.failed(ms)
    },
    phase: (name, ms, dialect) => {
      dialectSeries(dialect).phases[name].observe(ms / 1000)
      live.phases[name].observe(ms)
    },
    ran: (run) => {
      runs[run.reason].value += 1
      runRows.observe(run.rows)
      paddedRows.value += run.paddedRows
      paddedElements.value += run.paddedElements
      runSeconds.observe(run.ms / 1000)
      runPhases.infer.value += run.inferMs / 1000
      runPhases.transform.value += run.transformMs / 1000
      runPhases.transport.value += run.transportMs / 1000
      live.ran(run.rows)
      triton.ran()
      totals.ran(run)
    },
    died: (cause) => {
      deaths[cause].inc()
      if (cause === 'killed') killed += 1
      else crashes += 1
    },
    follow: (read) => {
      sources = read
      families.queueRows.with(own).follow(read.queueRows)
      families.replicas.with({ ...own, state: 'ready' }).follow(() => read.replicas().ready)
      families.replicas.with({ ...own, state: 'wanted' }).follow(() => read.replicas().wanted)
      triton.follow(read.queueRows)
    },
    stats: () => ({ ...live.stats(), queueRows: sources.queueRows(), replicas: { ...sources.replicas(), crashes, killed } }),
    totals: () => totals.read(),
    close: () => {
      running?.add(-1)
      release()
    },
  }
}

/** Distinct row counts told apart; larger runs are counted under the power of two below them. */
const MAX_ROW_COUNTS = 256

/** What the API shows of this very holder, apart from series that outlive a reload. */
function createLiveFigures(clock: Clock) {
  const rate = createRateMeter(clock)
  const latency = new Distribution()
  const phases = Object.fromEntries(PHASES.map((name) => [name, new Distribution()])) as Record<PhaseName, Distribution>
  const runsByRows = new Map<number, number>()
  let requests = 0
  let failures = 0
  let rowsAnswered = 0
  let runs = 0
  return {
    phases,
    answered: (ms: number, rows: number) => {
      requests += 1
      rowsAnswered += rows
      latency.observe(ms)
      rate.mark()
    },
    failed: () => {
      requests += 1
      failures += 1
      rate.mark()
    },
    ran: (rows: number) => {
      runs += 1
      const key = rows <= MAX_ROW_COUNTS ? rows : 2 ** Math.floor(Math.log2(rows))
      runsByRows.set(key, (runsByRows.get(key) ?? 0) + 1)
    },
    stats: () => ({
      requests,
      failures,
      rows: rowsAnswered,
      runs,
      perSecond: rate.perSecond(),
      latency: latency.summary(),
      phases: Object.fromEntries(PHASES.filter((name) => phases[name].count > 0).map((name) => [name, phases[name].summary()])),
      batchRows: [...runsByRows].sort(([a], [b]) => a - b).map(([rows, count]) => ({ rows, runs: count })),
    }),
  }
}
