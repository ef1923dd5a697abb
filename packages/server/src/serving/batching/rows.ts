/** The rows of requests: how many there are, what they may be joined with, and how requests are cut, joined and filled up. */
import { concatRows, type Phases, ServeError, sliceRows, type Tensor, type Tensors } from '@slipway/protocol'
import type { Answer } from '../waiting.ts'

/** Throws INVALID_ARGUMENT when the inputs disagree. */
export function rowsIn(inputs: Tensors): number {
  let rows: number | undefined
  for (const [name, value] of inputs) {
    const own = value.shape[0] ?? 0
    if (rows === undefined) rows = own
    else if (rows !== own)
      throw new ServeError('INVALID_ARGUMENT', `the inputs disagree on dimension 0: "${name}" has ${own} rows, another has ${rows}`)
  }
  return rows ?? 1
}

/** Rows may be joined when every input has the same datatype and the same dimensions after the first. */
export function joinKey(inputs: Tensors): string {
  let key = ''
  for (const [name, value] of inputs) key += `${name}\u0000${value.datatype}\u0000${value.shape.slice(1).join()}\u0000`
  return key
}

/** Elements of all inputs together. */
export function elementsIn(inputs: Tensors): number {
  let count = 0
  for (const value of inputs.values()) count += value.data.length
  return count
}

export function sliceAll(tensors: Tensors, from: number, to: number): Tensors {
  const own = new Map<string, Tensor>()
  for (const [name, value] of tensors) own.set(name, sliceRows(value, from, to))
  return own
}

/** `count` copies of the first row. */
export function copiesOfFirstRow(inputs: Tensors, count: number): Tensors {
  const filler = new Map<string, Tensor>()
  for (const [name, value] of inputs) filler.set(name, concatRows(new Array<Tensor>(count).fill(sliceRows(value, 0, 1))))
  return filler
}

/** One answer from those of a request's parts, in order; the phases are the slowest part's. */
export function joinAnswers(answers: readonly Answer[]): Answer {
  const first = answers[0] as Answer
  const outputs = new Map(
    [...first.outputs.keys()].map((name) => [name, concatRows(answers.map((answer) => answer.outputs.get(name) as Tensor))]),
  )
  const slowest = answers.reduce((a, b) => (total(b.phases) > total(a.phases) ? b : a))
  return { outputs, phases: slowest.phases, batchRows: slowest.batchRows }
}

const total = (phases: Phases) => (phases.queue ?? 0) + (phases.infer ?? 0)
