/** An answer as people read it: row by row, each output in the form its kind asks for. */
import type { OutputInfo, PredictAnswer, ScoredLabel } from '@slipway/client'

export type Cell =
  | { readonly kind: 'scores'; readonly name: string; readonly labels: readonly ScoredLabel[] }
  | { readonly kind: 'label'; readonly name: string; readonly text: string }
  | { readonly kind: 'tensor'; readonly name: string; readonly value: unknown }

/** One row of the request, and what each output says of it. */
export type AnswerRow = readonly Cell[]

type Values = Pick<PredictAnswer, 'outputs' | 'labels'>

/** One entry for each row of the answer. Outputs that do not share the rows' count are shown whole, in the first row. */
export function answerRows(answer: Values, outputs: readonly OutputInfo[]): AnswerRow[] {
  const known = outputs.filter((output) => Object.hasOwn(answer.outputs, output.name))
  const counts = new Map(known.map((output) => [output.name, rowCount(output, answer.outputs[output.name])]))
  const [first, ...others] = [...counts.values()].filter((count) => count !== undefined)
  const rows = first !== undefined && others.every((count) => count === first) ? first : undefined
  return Array.from({ length: rows ?? 1 }, (_, row) =>
    known.flatMap((output) => {
      const value = answer.outputs[output.name]
      const isSplit = rows !== undefined && counts.get(output.name) === rows
      if (!isSplit && row > 0) return []
      return [cellOf(output, { answer, row, value: isSplit ? (value as readonly unknown[])[row] : value })]
    }),
  )
}

function rowCount(output: OutputInfo, value: unknown): number | undefined {
  return Array.isArray(value) && (output.shape[0] === -1 || output.shape[0] === value.length) ? value.length : undefined
}

function cellOf(output: OutputInfo, at: { readonly answer: Values; readonly row: number; readonly value: unknown }): Cell {
  const { name } = output
  if (output.as.kind === 'label')
    return { kind: 'label', name, text: String(Array.isArray(at.value) ? at.value.flat(9).join(', ') : at.value) }
  if (output.as.kind === 'scores') {
    const labels = at.answer.labels?.[name]?.[at.row] ?? rank(at.value, output.as.labels)
    if (labels.length > 0) return { kind: 'scores', name, labels }
  }
  return { kind: 'tensor', name, value: at.value }
}

function rank(value: unknown, labels: readonly string[]): ScoredLabel[] {
  if (!Array.isArray(value) || value.length !== labels.length) return []
  return labels.map((label, index) => ({ label, score: Number(value[index]) })).sort((a, b) => b.score - a.score)
}

/** The one line that says what the row is: its best label, else its first value. */
export function headline(row: AnswerRow): string {
  const scores = row.find((cell) => cell.kind === 'scores')
  if (scores?.kind === 'scores') return scores.labels[0]?.label ?? ''
  const label = row.find((cell) => cell.kind === 'label')
  return label?.kind === 'label' ? label.text : ''
}

/** True when the scores are shares of one: they can be shown in per cent. */
export function areShares(labels: readonly ScoredLabel[]): boolean {
  const sum = labels.reduce((total, { score }) => total + score, 0)
  return labels.every(({ score }) => score >= -1e-6 && score <= 1 + 1e-6) && (labels.length === 1 || Math.abs(sum - 1) < 0.02)
}
