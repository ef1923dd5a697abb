/** What a person sees of a tuning: while it runs, and what came of it. */

import { milliseconds, paretoFront, plotFront, type Spot } from '../tune/front.ts'
import type { Finalist, Found } from '../tune/search.ts'
import { type Figures, type Setting, settingName } from '../tune/setting.ts'
import type { Trial } from '../tune/tuning.ts'
import type { Output, Screen } from './output.ts'
import { bar } from './table.ts'

const PLOT_LINES = 12
const FRONT_LISTED = 6
const BAR_CELLS = 30

const perSecond = (figures: Pick<Figures, 'rowsPerSecond'>) => `${Math.round(figures.rowsPerSecond).toLocaleString('en')} rows/s`

/** Bar and front on a terminal, a line for each trial elsewhere. */
export class TuneView {
  readonly #output: Output
  readonly #screen: Screen
  readonly #targetP99Ms: number
  readonly spots: Spot[] = []

  constructor(output: Output, targetP99Ms: number) {
    this.#output = output
    this.#screen = output.screen()
    this.#targetP99Ms = targetP99Ms
  }

  saw(trial: Trial): void {
    const { setting, figures, done, most, final } = trial
    const name = settingName(setting)
    for (const { rowsPerSecond, p99Ms, clients } of figures?.points ?? [])
      this.spots.push({ rowsPerSecond, p99Ms, name: `${name}, ${clients} client${clients === 1 ? '' : 's'}` })
    const { width } = this.#screen
    const said = `${done} of at most ${most}  ${final ? 'final  ' : ''}${name}: ${figures === null ? `does not open: ${trial.why ?? 'as before'}` : resultText(figures)}`
    if (width === undefined) this.#output.note(said)
    else this.#screen.draw([`${bar(done / most, BAR_CELLS)} ${said}`.slice(0, width - 1), ...this.front(width)])
  }

  /** The plot, and what stands on the front. */
  front(width: number): readonly string[] {
    const plot = plotFront(this.spots, { width: Math.min(width, 100), height: PLOT_LINES, targetP99Ms: this.#targetP99Ms })
    const front = paretoFront(this.spots).toReversed()
    // A setting that was measured again is listed once.
    const listed = front.filter(({ name }, index) => front.findIndex((other) => other.name === name) === index).slice(0, FRONT_LISTED)
    return [
      ...plot,
      ...listed.map((spot) => `  ● ${perSecond(spot).padStart(16)}  p99 ${milliseconds(spot.p99Ms).padStart(8)}  ${spot.name}`),
    ]
  }

  end(): void {
    this.#screen.end()
  }
}

function resultText(figures: Figures): string {
  const { p50Ms, p99Ms, meanRows, meets } = figures
  const past = meets ? '' : ', past the target'
  return `${perSecond(figures)}, p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)}, ${meanRows.toFixed(1)} rows a run${past}`
}

export function printFinalists(output: Output, { finalists, defaults }: Found): void {
  output.table(
    [
      { heading: 'replicas × threads, rows' },
      { heading: 'rows/s', align: 'right' },
      { heading: 'p50', align: 'right' },
      { heading: 'p99', align: 'right' },
      { heading: 'rows a run', align: 'right' },
      { heading: '' },
    ],
    finalists.map((one) => [
      settingName(one.setting),
      Math.round(one.figures.rowsPerSecond).toLocaleString('en'),
      milliseconds(one.figures.p50Ms),
      milliseconds(one.figures.p99Ms),
      one.figures.meanRows.toFixed(1),
      [one === defaults ? 'the defaults' : '', one.figures.meets ? '' : 'past the target'].filter((text) => text !== '').join(', '),
    ]),
  )
}

/** Why this one, in a sentence. */
export function reason(best: Finalist, { defaults }: Found, targetP99Ms: number): string {
  const within = Number.isFinite(targetP99Ms) ? ` within a p99 of ${milliseconds(targetP99Ms)}` : ''
  const name = settingName(best.setting)
  if (best === defaults) return `${name}: the defaults carry the most${within} of all that was tried`
  if (defaults === undefined) return `${name}: the most${within}; the defaults did not open`
  if (!defaults.figures.meets)
    return `${name}: the most${within}, which the defaults do not keep (p99 ${milliseconds(defaults.figures.p99Ms)})`
  const gain = gainOf(best, defaults)
  return `${name}: the most${within}, ${gain.toFixed(2)} × the throughput of the defaults (${settingName(defaults.setting)}), measured in turns with them`
}

export const gainOf = (best: Finalist, defaults: Finalist): number => best.figures.rowsPerSecond / defaults.figures.rowsPerSecond

/** What goes into model.yaml. */
export function manifestChange({ replicas, threads, maxRows, maxDelayMs, providers }: Setting, targetP99Ms: number) {
  return [
    [['replicas', 'count'], replicas],
    [['replicas', 'threads'], threads],
    ...(providers === undefined ? [] : [[['replicas', 'providers'], providers.split(',')] as const]),
    [['batching', 'maxRows'], maxRows],
    [['batching', 'maxDelayMs'], maxDelayMs],
    ...(Number.isFinite(targetP99Ms) ? [[['targetP99Ms'], targetP99Ms] as const] : []),
  ] as const
}
