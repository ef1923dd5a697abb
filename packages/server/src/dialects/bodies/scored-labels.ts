/** Scores with the labels that they belong to, for the dialects that answer with names. */
import { flatJson, type InferResponse, type ScoredLabel, type Tensor } from '@slipway/protocol'
import type { Revision } from '../../serving/revision.ts'

/** The labels of every output of kind `scores`, by its name. */
export function labelsByOutput(response: InferResponse, revision: Revision): ReadonlyMap<string, readonly (readonly ScoredLabel[])[]> {
  const found = new Map<string, readonly (readonly ScoredLabel[])[]>()
  for (const [name, value] of response.outputs) {
    const info = revision.package.outputs.find((output) => output.name === name)
    const rows = info?.as.kind === 'scores' ? scoredLabels(value, info.as.labels) : undefined
    if (rows !== undefined) found.set(name, rows)
  }
  return found
}

/** Each row's labels with their scores, best first; nothing when a score is no number, since then none is best. */
function scoredLabels(value: Tensor, labels: readonly string[]): readonly (readonly ScoredLabel[])[] | undefined {
  const classes = value.shape.at(-1) ?? 1
  // By way of the text, so that a score reads as it does in the outputs.
  const scores = JSON.parse(flatJson(value)) as readonly unknown[]
  if (!scores.every((score) => typeof score === 'number')) return undefined
  const rows: ScoredLabel[][] = []
  for (let from = 0; from < scores.length; from += classes) {
    const row = scores.slice(from, from + classes).map((score, index) => ({ label: labels[index] ?? String(index), score }))
    rows.push(row.sort((a, b) => b.score - a.score))
  }
  return rows
}
