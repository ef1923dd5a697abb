/** Carries a search out: opens each setting, puts load on it, keeps what was seen. */
import type { Clock } from '../base/clock.ts'
import type { Revision } from '../serving/revision.ts'
import { createAsk } from './ask.ts'
import { type Evaluate, type Found, mostTrials, type Space, search } from './search.ts'
import { type Figures, type Setting, settingName } from './setting.ts'
import type { TuneState } from './state.ts'
import { climb, settle } from './trial.ts'

export interface Trial {
  readonly setting: Setting
  /** Null for a setting that did not open, with the reason in `why`. */
  readonly figures: Figures | null
  readonly why?: string
  readonly final: boolean
  /** Trials done so far, and how many there are at most. */
  readonly done: number
  readonly most: number
}

export interface TuningOptions {
  readonly space: Space
  readonly state: TuneState
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Milliseconds for all of it, as far as that can be kept. */
  readonly budgetMs: number
  /** Infinity where there is none. */
  readonly targetP99Ms: number
  open(setting: Setting): Promise<Revision>
  onTrial(trial: Trial): void
}

const LEAST_TRIAL_MS = 200
const MOST_TRIAL_MS = 10_000
const CLOSE_MS = 5000

/** Rejects with the signal's reason when it is aborted; what was done until then is in the state. */
export async function runTuning(options: TuningOptions): Promise<Found> {
  const { space, state, clock, budgetMs, signal } = options
  const startedAt = clock.monotonic()
  const most = mostTrials(space)
  let done = 0
  const evaluate: Evaluate = async (setting, stage) => {
    signal.throwIfAborted()
    const final = stage.kind === 'final'
    const key = `${final ? `final ${stage.round}` : 'look'}: ${settingName(setting)}`
    const known = state.get(key)
    const forMs = trialMs(budgetMs - (clock.monotonic() - startedAt), most - done)
    const trial = known === undefined ? await tried(setting, { ...options, forMs, final }) : { figures: known }
    if (known === undefined) await state.put(key, trial.figures)
    done += 1
    options.onTrial({ setting, final, done, most, ...trial })
    return trial.figures ?? undefined
  }
  return search(space, evaluate)
}

/** The time that is left, shared among the trials that are left; about a third of it goes into opening. */
function trialMs(leftMs: number, trialsLeft: number): number {
  return Math.min(MOST_TRIAL_MS, Math.max(LEAST_TRIAL_MS, (0.65 * leftMs) / Math.max(1, trialsLeft)))
}

async function tried(
  setting: Setting,
  { open, forMs, final, ...options }: TuningOptions & { readonly forMs: number; readonly final: boolean },
): Promise<{ readonly figures: Figures | null; readonly why?: string }> {
  const { signal, clock } = options
  let revision: Revision
  try {
    revision = await open(setting)
  } catch (error) {
    signal.throwIfAborted()
    return { figures: null, why: error instanceof Error ? error.message : String(error) }
  }
  try {
    const ask = await createAsk(revision, clock)
    if (!final) return { figures: await climb(ask, { ...options, forMs }) }
    const climbed = await climb(ask, { ...options, forMs: forMs / 2 })
    return { figures: climbed.meets ? await settle(ask, climbed, { ...options, forMs: forMs / 2 }) : climbed }
  } finally {
    await revision.close(signal.aborted ? 0 : CLOSE_MS)
  }
}
