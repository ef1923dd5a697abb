/**
 * Whether two models give the same answers: how far each output of the candidate lies from the reference, the rows that differ most, and a
 * verdict. A number may be off by `tolerance` where the reference lies within 1, and by that share of it beyond; labels may not.
 */
import { quoted } from '@slipway/protocol'
import type { Element, NamedElements } from './elements.ts'
import { differenceOf, exceeds, isLabel, sameLabel } from './parity-element.ts'

/** Answers to the same rows. */
export interface ParityPair {
  readonly rows: number
  readonly reference: readonly NamedElements[]
  readonly candidate: readonly NamedElements[]
}

export interface OutputParity {
  readonly name: string
  /** Elements that were compared. */
  readonly elements: number
  /** Of numbers; Infinity where one side has none. */
  readonly maxDifference: number
  readonly meanDifference: number
  /** The largest difference as a share of the reference. */
  readonly maxRelative: number
  /** Rows in which an element is beyond the tolerance, or a label another. */
  readonly rowsBeyond: number
  /** Share of rows with the same label, 0 to 1; for scores, whether the highest is in the same place. Absent where there are none. */
  readonly labelAgreement?: number
}

export interface DifferingRow {
  /** From 1, in the order of the data. */
  readonly row: number
  readonly output: string
  /** Which element of the row, from 0. */
  readonly index: number
  readonly reference: Element
  readonly candidate: Element
  readonly difference: number
}

export interface ParityReport {
  readonly rows: number
  readonly tolerance: number
  readonly outputs: readonly OutputParity[]
  /** Those that differ most, the worst first; none that are equal. */
  readonly worst: readonly DifferingRow[]
  readonly agrees: boolean
  /** One sentence. */
  readonly why: string
  /** What else there is to know, such as outputs of one side alone. */
  readonly notes: readonly string[]
}

/** Rows that one side, or both, would not answer. */
export interface RefusedRows {
  readonly rows: number
  readonly by: 'reference' | 'candidate' | 'both'
  readonly message: string
}

export interface Parity {
  add(pair: ParityPair): void
  refused(refusal: RefusedRows): void
  report(): ParityReport
}

const WORST_ROWS = 10
const MOST_REASONS = 3

export function createParity({ tolerance }: { readonly tolerance: number }): Parity {
  const outputs = new Map<string, OutputTally>()
  const notes = new Set<string>()
  const refusals = new Set<string>()
  let worst: DifferingRow[] = []
  let rows = 0
  const add = ({ rows: count, reference, candidate }: ParityPair) => {
    for (const { name } of candidate)
      if (candidate.length > 1 && !reference.some((one) => one.name === name)) notes.add(`output ${quoted(name)} has no counterpart`)
    for (const one of reference) {
      const other =
        candidate.find(({ name }) => name === one.name) ?? (reference.length === 1 && candidate.length === 1 ? candidate[0] : undefined)
      const refusal = unlike(one, other)
      if (refusal !== undefined) refusals.add(refusal)
      if (other === undefined || refusal !== undefined) continue
      if (other.datatype !== one.datatype)
        notes.add(`output ${quoted(one.name)} is ${one.datatype} on one side and ${other.datatype} on the other`)
      const tally = outputs.get(one.name) ?? new OutputTally(one.name)
      outputs.set(one.name, tally)
      const found = tally.add(one, other, { rows: count, tolerance })
      worst = [...worst, ...found.map((row) => ({ ...row, row: rows + row.row }))]
        .sort((a, b) => b.difference - a.difference || a.row - b.row)
        .slice(0, WORST_ROWS)
    }
    rows += count
  }
  const refused = ({ rows: count, by, message }: RefusedRows) => {
    const which = count === 1 ? `row ${rows + 1}` : `rows ${rows + 1} to ${rows + count}`
    // What neither takes is no difference between the two.
    if (by === 'both') notes.add(`neither answers ${which}: ${message}`)
    else refusals.add(`the ${by} does not answer ${which}: ${message}`)
    rows += count
  }
  const report = (): ParityReport => {
    const tallies = [...outputs.values()].map((tally) => tally.report())
    const reasons = [...refusals]
    const more = reasons.length > MOST_REASONS ? [`and ${reasons.length - MOST_REASONS} more such`] : []
    const why = [...reasons.slice(0, MOST_REASONS), ...more, ...tallies.flatMap((tally) => complaint(tally, rows, tolerance))]
    const empty = rows === 0 ? ['there were no rows to compare'] : []
    const agrees = why.length === 0 && empty.length === 0
    return {
      rows,
      tolerance,
      outputs: tallies,
      worst,
      agrees,
      why: agrees ? `all outputs agree within ${tolerance} on ${rows} rows` : [...empty, ...why].join('; '),
      notes: [...notes].slice(0, 10),
    }
  }
  return { add, refused, report }
}

/** Why the two cannot be compared, if so. */
function unlike(one: NamedElements, other: NamedElements | undefined): string | undefined {
  if (other === undefined) return `the output ${quoted(one.name)} is missing`
  const plain = (shape: readonly number[]) => shape.filter((size, axis) => axis === 0 || size !== 1).join(', ')
  if (plain(one.shape) === plain(other.shape)) return undefined
  return `output ${quoted(one.name)} has shape [${one.shape.join(', ')}] on one side and [${other.shape.join(', ')}] on the other`
}

function complaint({ name, rowsBeyond, maxDifference }: OutputParity, rows: number, tolerance: number): readonly string[] {
  if (rowsBeyond === 0) return []
  const by = maxDifference > 0 ? ` by up to ${maxDifference.toPrecision(3)}` : ''
  return [`output ${quoted(name)} differs${by} in ${rowsBeyond} of ${rows} rows (tolerance ${tolerance})`]
}

interface Comparing {
  readonly rows: number
  readonly tolerance: number
}

class OutputTally {
  readonly #name: string
  #elements = 0
  #numbers = 0
  #sum = 0
  #max = 0
  #maxRelative = 0
  #beyond = 0
  #labels = 0
  #agreed = 0
  #rows = 0

  constructor(name: string) {
    this.#name = name
  }

  /** The element that differs most of each row that differs, rows counted from 1. */
  add(reference: NamedElements, candidate: NamedElements, { rows, tolerance }: Comparing): readonly DifferingRow[] {
    // A model whose answer has no row for each row it got is compared as one row.
    const apart = rows > 0 && reference.shape[0] === rows ? rows : 1
    const width = reference.elements.length / apart
    const differing: DifferingRow[] = []
    for (let row = 0; row < apart; row++) {
      const [ours, theirs] = [reference, candidate].map(({ elements }) => elements.slice(row * width, (row + 1) * width))
      const worst = this.#addRow(ours as readonly Element[], theirs as readonly Element[], tolerance)
      if (worst !== undefined) differing.push({ row: row + 1, output: this.#name, ...worst })
    }
    this.#rows += apart
    this.#countLabels(reference, candidate, apart)
    return differing
  }

  #addRow(ours: readonly Element[], theirs: readonly Element[], tolerance: number): Omit<DifferingRow, 'row' | 'output'> | undefined {
    let worst: Omit<DifferingRow, 'row' | 'output'> | undefined
    let beyond = false
    for (const [index, reference] of ours.entries()) {
      const candidate = theirs[index] as Element
      const difference = differenceOf(reference, candidate)
      beyond ||= exceeds(difference, reference, tolerance)
      if (typeof reference === 'number' || typeof reference === 'bigint') this.#count(difference, Number(reference))
      this.#elements += 1
      if (difference > (worst?.difference ?? 0)) worst = { index, reference, candidate, difference }
    }
    if (beyond) this.#beyond += 1
    return worst
  }

  #count(difference: number, reference: number): void {
    this.#numbers += 1
    this.#sum += difference
    this.#max = Math.max(this.#max, difference)
    if (difference > 0 && reference !== 0) this.#maxRelative = Math.max(this.#maxRelative, difference / Math.abs(reference))
  }

  #countLabels(reference: NamedElements, candidate: NamedElements, rows: number): void {
    const width = reference.elements.length / rows
    if (!isLabel(reference, width)) return
    for (let row = 0; row < rows; row++) {
      const [ours, theirs] = [reference, candidate].map(({ elements }) => elements.slice(row * width, (row + 1) * width))
      this.#labels += 1
      if (sameLabel(ours as readonly Element[], theirs as readonly Element[], reference.datatype)) this.#agreed += 1
    }
  }

  report(): OutputParity {
    return {
      name: this.#name,
      elements: this.#elements,
      maxDifference: this.#max,
      meanDifference: this.#numbers === 0 ? 0 : this.#sum / this.#numbers,
      maxRelative: this.#maxRelative,
      rowsBeyond: this.#beyond,
      ...(this.#labels === 0 ? {} : { labelAgreement: this.#agreed / this.#labels }),
    }
  }
}
