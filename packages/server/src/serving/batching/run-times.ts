/**
 * What a run takes (ms) as a function of its size, learned from the runs themselves. Sizes that recur have an estimate of their own;
 * between and beyond them a straight line helps out. The curve never falls. Time is counted in runs, so that no clock is needed.
 */
import { nonFalling, type Point, straightLine } from './fit.ts'

/** One measured size. */
export interface RunTime {
  readonly rows: number
  readonly ms: number
}

interface Cell {
  /** Moving means: sizes beyond EXACT share a cell with their neighbours. */
  size: number
  ms: number
  /** Runs behind the estimate; older ones count less. */
  weight: number
  /** The run at which it was last seen. */
  seenAt: number
}

/** Sizes up to this one have a cell each; above it eight share an octave. */
const EXACT = 32
const PER_OCTAVE = 8
/** Largest size told apart, so that memory is bounded whatever a request holds. */
const LARGEST = 2 ** 40
/** The newest run counts at least 1/16. */
const MOST_WEIGHT = 16
/** After so many runs of other sizes an estimate is worth half. */
const HALF_LIFE_RUNS = 256
/** A run that takes this many times what is expected was disturbed, not slow; when it happens again it is believed step by step. */
const OUTLIER = 2
/** The line counts as much as this many runs of a size. */
const LINE_WEIGHT = 0.5
/** The curve is drawn again after so many runs. */
const REDRAW_RUNS = 8

export class RunTimes {
  readonly #cells = new Map<number, Cell>()
  #curve: readonly Point[] = []
  #line = { at0: 0, slope: 0 }
  #runs = 0
  #undrawn = 0

  /** `seed` is what was measured aside, when something was. */
  constructor(seed: readonly RunTime[] = []) {
    for (const { rows, ms } of seed) for (let run = 0; run < 3; run++) this.observe(rows, ms)
    if (seed.length > 0) this.#draw()
  }

  /** True once there is something to go by. */
  get known(): boolean {
    return this.#runs > 0
  }

  /** True once runs of different sizes tell what a row more costs. */
  get shaped(): boolean {
    return this.#curve.length > 1
  }

  observe(size: number, ms: number): void {
    if (!(size > 0) || !(ms >= 0) || ms === Number.POSITIVE_INFINITY) return
    this.#runs += 1
    const key = cellOf(size)
    let cell = this.#cells.get(key)
    if (cell === undefined) {
      cell = { size, ms, weight: 0, seenAt: this.#runs }
      this.#cells.set(key, cell)
    }
    const aged = this.#aged(cell)
    const believed = aged >= 2 ? Math.min(ms, OUTLIER * cell.ms) : ms
    cell.weight = Math.min(MOST_WEIGHT, aged + 1)
    cell.ms += (believed - cell.ms) / cell.weight
    cell.size += (size - cell.size) / cell.weight
    cell.seenAt = this.#runs
    this.#undrawn += 1
    if (this.#runs <= REDRAW_RUNS || this.#undrawn >= REDRAW_RUNS) this.#draw()
  }

  /** Milliseconds that a run of this size is expected to take; 0 while nothing is known. */
  of(size: number): number {
    const curve = this.#curve
    const first = curve[0]
    const last = curve.at(-1)
    if (first === undefined || last === undefined || size <= 0) return 0
    const { at0, slope } = this.#line
    if (size <= first.x) return first.y * ((at0 + slope * size) / (at0 + slope * first.x) || 1)
    if (size >= last.x) return last.y + slope * (size - last.x)
    let low = 0
    let high = curve.length - 1
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((curve[middle] as Point).x <= size) low = middle
      else high = middle
    }
    const [left, right] = [curve[low] as Point, curve[high] as Point]
    return left.y + ((right.y - left.y) * (size - left.x)) / (right.x - left.x)
  }

  /** The bare estimate of this very size, and how many runs stand behind it; undefined when it was never seen. */
  measured(size: number): { readonly ms: number; readonly weight: number } | undefined {
    const cell = this.#cells.get(cellOf(size))
    return cell === undefined ? undefined : { ms: cell.ms, weight: this.#aged(cell) }
  }

  /** The curve at every size that was seen, ascending. */
  points(): readonly RunTime[] {
    return this.#curve.map(({ x, y }) => ({ rows: x, ms: y }))
  }

  #aged(cell: Cell): number {
    return cell.weight * 0.5 ** ((this.#runs - cell.seenAt) / HALF_LIFE_RUNS)
  }

  #draw(): void {
    this.#undrawn = 0
    const seen = [...this.#cells.values()].map((cell) => ({ x: cell.size, y: cell.ms, weight: Math.max(0.01, this.#aged(cell)) }))
    seen.sort((a, b) => a.x - b.x)
    const line = straightLine(seen)
    this.#line = line
    this.#curve = nonFalling(
      seen.map(({ x, y, weight }) => ({
        x,
        y: (weight * y + LINE_WEIGHT * (line.at0 + line.slope * x)) / (weight + LINE_WEIGHT),
        weight: weight + LINE_WEIGHT,
      })),
    )
  }
}

function cellOf(size: number): number {
  if (size <= EXACT) return Math.max(1, Math.round(size))
  return EXACT + 1 + Math.floor(PER_OCTAVE * Math.log2(Math.min(size, LARGEST) / EXACT))
}
