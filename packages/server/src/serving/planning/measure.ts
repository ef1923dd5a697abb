/** Measures candidates aside, one after the other, in a bounded time; then the best one against the current one, in turns. */
import type { Clock } from '../../base/clock.ts'
import { type Shape, sameShape } from '../plan.ts'
import { choose, type Goal, type Measured, type Verdict } from './choice.ts'
import type { Rig } from './rig.ts'

export interface MeasureOptions {
  readonly clock: Clock
  /** Milliseconds that all runs together may take; opening workers does not count. */
  readonly budgetMs: number
  readonly shapes: readonly Shape[]
  /** What serves now: measured even if no candidate. */
  readonly current: Shape
  /** The engine's own default. */
  readonly engine: Shape
  /** The most rows of a run; 1 where rows are not joined. */
  readonly maxRows: number
  readonly goal: Goal
  readonly signal: AbortSignal
  open(shape: Shape): Promise<Rig>
}

export interface Measurement {
  /** What to serve with; the current one unless another is clearly better. */
  readonly chosen: Shape
  /** Throughput of the chosen one over that of the current one, as far as the server can sustain it. */
  readonly gain: number
  /** Milliseconds of a run of so many rows under the chosen plan, with all replicas busy. */
  readonly curve: readonly { readonly rows: number; readonly ms: number }[]
  readonly measured: readonly Measured[]
  /** Milliseconds that the runs took. */
  readonly spentMs: number
}

/** The runs of the model are too long for the time that was given. */
export class TooSlow extends Error {
  constructor(budgetMs: number) {
    super(`its runs are too long for ${budgetMs} ms of measuring`)
    this.name = 'TooSlow'
  }
}

/** Part of the time for the first look at every candidate; the rest is for the two that are left. */
const FIRST_LOOK = 0.6
/** Of a candidate's time, for one row alone. */
const ALONE = 0.25
/** A run of the load should not take longer than this, or there are too few of them. */
const LOAD_RUN_MS = 25
/** Runs longer than this hide the way there and back by themselves. */
const LONG_RUN_MS = 20
const DUEL_TURNS = 2
/** Of the time left for a turn, what is planned for. */
const TURN_SHARE = 0.8
/** Where too little time is left for turns, only a lead like this is believed. */
const SURE = 1.25

/** Rejects with TooSlow, and with what a worker said that does not open. Leaves no worker behind. */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const shapes = [options.current, ...options.shapes.filter((shape) => !sameShape(shape, options.current))]
  const watch = new Budget(options)
  const measured: Measured[] = []
  let rows: number | undefined
  const share = (FIRST_LOOK * options.budgetMs) / shapes.length
  for (const group of byThreads(shapes)) {
    const rig = await options.open(group.reduce((most, shape) => (shape.replicas > most.replicas ? shape : most)))
    try {
      const alone = await watch.spend((withinMs) => rig.load({ rows: 1, replicas: 1, ahead: 1, forMs: ALONE * share }, withinMs))
      rows ??= rowsOf(alone.answerMs, options)
      for (const shape of group) {
        const tried: Measured[] = []
        // Rows joined in one run cost some models less than rows by themselves, and others more: each plan is judged at its better one.
        const sizes = rows === 1 ? [1] : [1, rows]
        for (const size of sizes)
          tried.push(await loaded(rig, { shape, aloneMs: alone.answerMs, rows: size, forMs: ((1 - ALONE) * share) / sizes.length }, watch))
        measured.push({ ...quickest(tried), curve: tried.map((each) => ({ rows: each.rows, ms: each.runMs })) })
      }
    } finally {
      rig.end()
    }
  }
  const { chosen, gain } = await settle(measured, { options, watch })
  return { chosen: chosen.shape, gain, curve: chosen.curve ?? [], measured, spentMs: watch.spentMs }
}

async function settle(measured: readonly Measured[], { options, watch }: Contest): Promise<Verdict> {
  const current = measured.find(({ shape }) => sameShape(shape, options.current)) as Measured
  const verdict = choose(measured, options, options.goal)
  if (verdict.chosen === current) return verdict
  if (watch.leftMs > DUEL_TURNS * (current.runMs + verdict.chosen.runMs)) return duel([current, verdict.chosen], { options, watch })
  return verdict.gain >= SURE ? verdict : { chosen: current, gain: 1 }
}

interface Contest {
  readonly options: MeasureOptions
  readonly watch: Budget
}

/** The two that are left, in turns, so that what else the machine does meets both alike. */
async function duel(sides: readonly [Measured, Measured], { options, watch }: Contest): Promise<Verdict> {
  const rigs: Rig[] = []
  try {
    for (const { shape } of sides) rigs.push(await options.open(shape))
    const turns: Measured[] = []
    for (let left = 2 * DUEL_TURNS; left > 0; left--) {
      const side = turns.length % 2
      const { shape, aloneMs, rows, runMs } = sides[side] as Measured
      // What is on its way when the time is over is still waited for.
      const forMs = Math.max(0, (TURN_SHARE * watch.leftMs) / left - 2 * runMs)
      turns.push(await loaded(rigs[side] as Rig, { shape, aloneMs, rows, forMs }, watch))
    }
    const bests = sides.map(({ curve = [] }, side): Measured => {
      const best = quickest(turns.filter((_, turn) => turn % 2 === side))
      return { ...best, curve: curve.map((point) => (point.rows === best.rows ? { rows: best.rows, ms: best.runMs } : point)) }
    })
    return choose(bests, options, options.goal)
  } finally {
    for (const rig of rigs) rig.end()
  }
}

async function loaded(
  rig: Rig,
  { shape, aloneMs, rows, forMs }: { readonly shape: Shape; readonly aloneMs: number; readonly rows: number; readonly forMs: number },
  watch: Budget,
): Promise<Measured> {
  const ahead = aloneMs * rows > LONG_RUN_MS ? 1 : 2
  const { runs, ms } = await watch.spend((withinMs) => rig.load({ rows, replicas: shape.replicas, ahead, forMs }, withinMs))
  const runMs = Math.max(ms, Number.EPSILON) * (shape.replicas / runs)
  return { shape, aloneMs, rows, runMs, rowsPerSecond: (1000 * rows * shape.replicas) / runMs }
}

/** The largest power of two whose run is short enough, at worst as long as its rows one by one. */
function rowsOf(aloneMs: number, { maxRows, goal }: MeasureOptions): number {
  const longest = Math.min(LOAD_RUN_MS, (goal.targetP99Ms ?? Number.POSITIVE_INFINITY) / 2)
  let rows = 1
  while (2 * rows <= maxRows && 2 * rows * aloneMs <= longest) rows *= 2
  return rows
}

/** Plans of the same threads are measured on the same workers: fewer of them take part. */
function byThreads(shapes: readonly Shape[]): readonly (readonly Shape[])[] {
  const groups = new Map<string, Shape[]>()
  for (const shape of shapes) {
    const key = `${shape.threads} ${shape.threads > 1 && shape.spinning}`
    groups.set(key, [...(groups.get(key) ?? []), shape])
  }
  return [...groups.values()]
}

const quickest = (tried: readonly Measured[]): Measured =>
  tried.reduce((most, one) => (one.rowsPerSecond > most.rowsPerSecond ? one : most))

/** Adds up what runs have taken, and ends the one that would take more than is left. */
class Budget {
  readonly #options: MeasureOptions
  spentMs = 0

  constructor(options: MeasureOptions) {
    this.#options = options
  }

  get leftMs(): number {
    return this.#options.budgetMs - this.spentMs
  }

  async spend<Figures>(work: (withinMs: number) => Promise<Figures>): Promise<Figures> {
    const { clock, budgetMs, signal } = this.#options
    signal.throwIfAborted()
    if (this.leftMs <= 0) throw new TooSlow(budgetMs)
    const startedAt = clock.monotonic()
    try {
      return await work(this.leftMs)
    } catch (error) {
      signal.throwIfAborted()
      throw clock.monotonic() - startedAt >= this.leftMs ? new TooSlow(budgetMs) : error
    } finally {
      this.spentMs += clock.monotonic() - startedAt
    }
  }
}
