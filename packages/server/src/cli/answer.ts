/** A prediction as people read it, and as one JSON document. */
import type { OutputInfo, ScoredLabel } from '@slipway/protocol'
import type { Element, NamedElements } from '../models/elements.ts'
import type { Output } from './output.ts'
import type { Prediction, Predictor } from './predictor.ts'
import { bar } from './table.ts'

const MOST_ROWS = 20
const MOST_COLUMNS = 12
const MOST_LABELS = 5
const BAR_CELLS = 24

/** Shaped as the server's own plain API answers. */
export function answerDocument({ model, outputs }: Predictor, { version, outputs: given, timing }: Prediction): Record<string, unknown> {
  const labels = given.flatMap((output) => {
    const names = labelsOf(output, outputs)
    return names === undefined ? [] : [[output.name, rowsOf(output).map((row) => ranked(row, names))] as const]
  })
  return {
    model,
    version,
    outputs: Object.fromEntries(given.map((output) => [output.name, nested(output.elements, output.shape)])),
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }),
    timing,
  }
}

export function printAnswer(output: Output, { model, outputs }: Predictor, { version, outputs: given, timing }: Prediction): void {
  for (const each of given) {
    const labels = labelsOf(each, outputs)
    output.line(`${output.paint('bold', each.name)}  ${output.paint('dim', `${each.datatype} [${each.shape.join(', ')}]`)}`)
    if (labels === undefined) printValues(output, each)
    else printScores(output, rowsOf(each), labels)
    output.line()
  }
  const phases = Object.entries(timing).map(([phase, ms]) => `${phase} ${ms.toFixed(2)} ms`)
  output.line(output.paint('dim', [`${model} version ${version}`, ...phases].join(' · ')))
}

/** The output's labels when it is [n, labels]. */
function labelsOf({ name, shape }: NamedElements, outputs: readonly OutputInfo[]): readonly string[] | undefined {
  const as = outputs.find((output) => output.name === name)?.as
  return as?.kind === 'scores' && shape.length === 2 && shape[1] === as.labels.length ? as.labels : undefined
}

function rowsOf({ elements, shape }: NamedElements): Element[][] {
  const width = shape.slice(1).reduce((product, size) => product * size, 1)
  const rows = shape[0] ?? 1
  return Array.from({ length: rows }, (_, row) => elements.slice(row * width, (row + 1) * width))
}

function ranked(scores: readonly Element[], labels: readonly string[]): ScoredLabel[] {
  return labels.map((label, index) => ({ label, score: Number(scores[index]) })).sort((a, b) => b.score - a.score)
}

function printScores(output: Output, rows: readonly (readonly Element[])[], labels: readonly string[]): void {
  const single = rows.length === 1
  const lines = rows.slice(0, MOST_ROWS).flatMap((row, index) => {
    const best = ranked(row, labels).slice(0, single ? MOST_LABELS : 1)
    // Bars show shares: scores that are no probabilities get none.
    const shares = row.every((score) => Number(score) >= 0 && Number(score) <= 1)
    return best.map(({ label, score }) => [
      ...(single ? [] : [String(index + 1)]),
      label,
      numberText(score),
      shares ? bar(score, BAR_CELLS) : '',
    ])
  })
  output.table(
    [
      ...(single ? [] : [{ heading: 'Row', align: 'right' as const }]),
      { heading: 'Label' },
      { heading: 'Score', align: 'right' },
      { heading: '' },
    ],
    lines,
  )
  more(output, rows.length, MOST_ROWS, 'rows')
}

function printValues(output: Output, answered: NamedElements): void {
  if (answered.elements.length === 0) {
    output.line('(empty)')
    return
  }
  const rows = rowsOf(answered)
  const width = rows[0]?.length ?? 0
  const shown = Math.min(width, MOST_COLUMNS)
  const columns = Array.from({ length: shown }, (_, index) => ({ heading: width === 1 ? 'Value' : String(index), align: 'right' as const }))
  output.table(
    [{ heading: 'Row', align: 'right' }, ...columns],
    rows.slice(0, MOST_ROWS).map((row, index) => [String(index + 1), ...row.slice(0, shown).map(elementText)]),
  )
  more(output, rows.length, MOST_ROWS, 'rows')
  more(output, width, MOST_COLUMNS, 'values in each row')
}

function more(output: Output, count: number, shown: number, what: string): void {
  if (count > shown) output.line(output.paint('dim', `… ${count - shown} more ${what}; --json prints all`))
}

function elementText(element: Element): string {
  return typeof element === 'number' ? numberText(element) : String(element)
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
}

function nested(elements: readonly Element[], shape: readonly number[]): unknown {
  const [size, ...rest] = shape
  if (size === undefined) return elements[0]
  const step = rest.reduce((product, inner) => product * inner, 1)
  return Array.from({ length: size }, (_, index) => nested(elements.slice(index * step, (index + 1) * step), rest))
}
