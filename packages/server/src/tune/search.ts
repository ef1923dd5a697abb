/**
 * Searches settings one axis after the other, and lets only the best of each round go on: threads × replicas (with each list of
 * providers) first, then rows, then the delay; at last the front-runners and the defaults in turns, several times over.
 */
import { byWorth, type Figures, type Setting, settingName } from './setting.ts'

export interface Space {
  /** What serves without tuning. */
  readonly defaults: Setting
  /** Replicas and threads, and providers where there is a choice. */
  readonly shapes: readonly Pick<Setting, 'replicas' | 'threads' | 'providers'>[]
  /** The most rows of a run; only those of the defaults where rows are not joined. */
  readonly rows: readonly number[]
  readonly delaysMs: readonly number[]
}

/** `look` is short, `final` comes several times: the figures of a round are of one setting after the other. */
export type Stage = { readonly kind: 'look' } | { readonly kind: 'final'; readonly round: number }
/** Undefined for a setting that cannot be opened. */
export type Evaluate = (setting: Setting, stage: Stage) => Promise<Figures | undefined>

export interface Finalist {
  readonly setting: Setting
  /** One for each round. */
  readonly rounds: readonly Figures[]
  /** By the median of the rounds; within the target when most rounds were. */
  readonly figures: Figures
}

export interface Found {
  /** The best first. */
  readonly finalists: readonly Finalist[]
  readonly defaults: Finalist | undefined
}

const ROUNDS = 3
const FINALISTS = 3
/** Of the settings of a round, how many go on. */
const KEPT = 2

/** Trials that a search of this space takes at most, for the progress and to share out the time. */
export function mostTrials({ shapes, rows, delaysMs }: Space): number {
  return 1 + shapes.length + KEPT * (rows.length - 1) + KEPT * (delaysMs.length - 1) + ROUNDS * (FINALISTS + 1)
}

export async function search(space: Space, evaluate: Evaluate): Promise<Found> {
  const { defaults } = space
  const seen = new Map<string, { readonly setting: Setting; readonly figures: Figures }>()
  const look = async (settings: readonly Setting[]) => {
    for (const setting of settings) {
      if (seen.has(settingName(setting))) continue
      const figures = await evaluate(setting, { kind: 'look' })
      if (figures !== undefined) seen.set(settingName(setting), { setting, figures })
    }
    return [...seen.values()].sort((a, b) => byWorth(a.figures, b.figures)).map(({ setting }) => setting)
  }
  const shaped = await look([defaults, ...space.shapes.map((shape) => ({ ...defaults, ...shape }))])
  const sized = await look(shaped.slice(0, KEPT).flatMap((setting) => space.rows.map((maxRows) => ({ ...setting, maxRows }))))
  const waited = await look(
    sized
      .slice(0, KEPT)
      .flatMap((setting) => space.delaysMs.map((maxDelayMs) => ({ ...setting, maxDelayMs })))
      .filter(isUseful),
  )
  return finals(space, waited.slice(0, FINALISTS), evaluate)
}

/** A row that joins no other gains nothing by waiting. */
const isUseful = ({ maxRows, maxDelayMs }: Setting) => maxRows > 1 || maxDelayMs === 0

async function finals({ defaults }: Space, best: readonly Setting[], evaluate: Evaluate): Promise<Found> {
  const isDefault = (setting: Setting) => settingName(setting) === settingName(defaults)
  const settings = [...best.filter((setting) => !isDefault(setting)), defaults]
  const rounds = settings.map(() => [] as Figures[])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, setting] of settings.entries()) {
      const figures = await evaluate(setting, { kind: 'final', round })
      if (figures !== undefined) rounds[index]?.push(figures)
    }
  }
  const finalists = settings
    .map((setting, index) => finalistOf(setting, rounds[index] as readonly Figures[]))
    .filter((one) => one !== undefined)
    .sort((a, b) => byWorth(a.figures, b.figures))
  return { finalists, defaults: finalists.find(({ setting }) => isDefault(setting)) }
}

function finalistOf(setting: Setting, rounds: readonly Figures[]): Finalist | undefined {
  if (rounds.length === 0) return undefined
  const middle = (of: (figures: Figures) => number) => rounds.map(of).sort((a, b) => a - b)[Math.floor((rounds.length - 1) / 2)] as number
  const figures: Figures = {
    rowsPerSecond: middle((one) => one.rowsPerSecond),
    p50Ms: middle((one) => one.p50Ms),
    p99Ms: middle((one) => one.p99Ms),
    meanRows: middle((one) => one.meanRows),
    meets: 2 * rounds.filter(({ meets }) => meets).length > rounds.length,
    points: rounds.flatMap(({ points }) => points),
  }
  return { setting, rounds, figures }
}
