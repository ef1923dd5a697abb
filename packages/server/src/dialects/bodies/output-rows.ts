/** Answers as rows of JSON text, for every dialect that has `predictions`. */
import { nestedJson, quoted, ServeError, sliceRows, type Tensor, type Tensors } from '@slipway/protocol'

/**
 * One JSON value for each row: the bare value of a model with one output, else an object by output name. Throws INVALID_ARGUMENT when an
 * output has no rows, or another number of them than the others.
 */
export function outputRows(
  outputs: Tensors,
  write: (value: Tensor, name: string) => string = (value) => nestedJson(value),
): readonly string[] {
  const [first] = outputs
  if (first === undefined) return []
  const rows = first[1].shape[0]
  for (const [name, { shape }] of outputs) {
    if (shape.length === 0 || shape[0] !== rows || rows === undefined)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `output ${quoted(name)} of shape [${shape.join(', ')}] has no row for each of the ${rows ?? 0} rows of ${quoted(first[0])}; ask for it in columns ("inputs" in place of "instances")`,
      )
  }
  return Array.from({ length: rows as number }, (_, row) => rowText(outputs, row, write))
}

function rowText(outputs: Tensors, row: number, write: (value: Tensor, name: string) => string): string {
  const values = [...outputs].map(([name, value]) => [name, write(sliceRows(value, row, row + 1), name).slice(1, -1)] as const)
  const [only] = values
  if (values.length === 1 && only !== undefined) return only[1]
  return `{${values.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
}
