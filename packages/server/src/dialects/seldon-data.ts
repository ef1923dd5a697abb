/** Seldon's arrays: `data` with `names` and one of `ndarray` and `tensor`. */
import { flatJson, type JsonObject, type JsonValue, quoted, ServeError, type Tensors, tensorFromJson } from '@slipway/protocol'
import type { Revision } from '../serving/revision.ts'
import { namesUnder, rowsUnder } from './bodies/json-body.ts'
import { outputRows } from './bodies/output-rows.ts'
import { rowsToInputs } from './bodies/rows.ts'
import { namesColumns, tableToInputs } from './bodies/table.ts'

export type DataKind = 'ndarray' | 'tensor'

/** The inputs that a `data` stands for. Throws INVALID_ARGUMENT for any other kind of array, by its name. */
export function dataInputs(revision: Revision, value: JsonValue): { readonly inputs: Tensors; readonly kind: DataKind } {
  const data: JsonObject = value instanceof Map ? value : new Map()
  const [ndarray, tensor, names] = [data.get('ndarray'), data.get('tensor'), data.get('names')]
  if ((ndarray === undefined) === (tensor === undefined))
    throw new ServeError(
      'INVALID_ARGUMENT',
      `"data" must have one of "ndarray" and "tensor"${data.has('tftensor') ? '; "tftensor" is not known here' : ''}; send {"data": {"ndarray": [row, …]}}`,
    )
  const columns = Array.isArray(names) ? namesUnder('names', names) : []
  if (ndarray !== undefined) return { inputs: rowInputs(revision, columns, rowsUnder('ndarray', ndarray)), kind: 'ndarray' }
  return { inputs: tensorInputs(revision, columns, tensor as JsonValue), kind: 'tensor' }
}

/** By the names of the columns where they are the model's own, else as the rows stand. */
function rowInputs(revision: Revision, names: readonly string[], rows: readonly JsonValue[]): Tensors {
  const { inputs } = revision.package
  const flat = rows.every((row) => Array.isArray(row) && !row.some(Array.isArray))
  if (flat && namesColumns(inputs, names)) return tableToInputs(inputs, { header: names, rows: rows as readonly (readonly JsonValue[])[] })
  return rowsToInputs(revision, rows)
}

/** `{"shape": [2, 3], "values": [six numbers]}`. */
function tensorInputs(revision: Revision, names: readonly string[], value: JsonValue): Tensors {
  const given: JsonObject = value instanceof Map ? value : new Map()
  const [shape, values] = [given.get('shape'), given.get('values')]
  const isSize = (size: JsonValue): size is number => typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
  if (!Array.isArray(shape) || !shape.every(isSize) || !Array.isArray(values))
    throw new ServeError('INVALID_ARGUMENT', '"tensor" must have "shape" and "values": {"shape": [2, 3], "values": [six numbers]}')
  const { inputs } = revision.package
  const [only] = inputs
  if (only !== undefined && inputs.length === 1 && !namesColumns(inputs, names))
    return new Map([[only.name, tensorFromJson({ name: only.name, datatype: only.datatype, shape }, values)]])
  const width = shape.slice(1).reduce((product, size) => product * size, 1)
  if (shape.length !== 2 || values.length !== (shape[0] ?? 0) * width)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `model ${quoted(revision.model)} takes columns, so "shape" must be [rows, columns] of as many "values"; it is [${shape.join(', ')}] with ${values.length}`,
    )
  const rows = Array.from({ length: shape[0] ?? 0 }, (_, row) => values.slice(row * width, (row + 1) * width))
  return rowInputs(revision, names, rows)
}

/** The text of an answer's `data`. Several outputs are the columns of an ndarray, under their names; so is what is no number. */
export function seldonData(outputs: Tensors, kind: DataKind, revision: Revision): string {
  const [first] = outputs
  if (first === undefined) throw new ServeError('INTERNAL', `model ${quoted(revision.model)} has no outputs`)
  const [name, value] = first
  if (outputs.size > 1) {
    const columns = Array.from(outputs, ([output, whole]) => outputRows(new Map([[output, whole]])))
    const rows = (columns[0] ?? []).map((_, row) => `[${columns.map((column) => column[row]).join(',')}]`)
    return `{"names":${JSON.stringify([...outputs.keys()])},"ndarray":[${rows.join(',')}]}`
  }
  const names = JSON.stringify(columnNames(revision, name, value.shape))
  if (kind === 'tensor' && value.datatype !== 'BYTES')
    return `{"names":${names},"tensor":{"shape":[${value.shape.join(',')}],"values":${flatJson(value)}}}`
  return `{"names":${names},"ndarray":[${outputRows(outputs).join(',')}]}`
}

/** Labels where the output has them, else numbered as Seldon's wrapper does. */
function columnNames(revision: Revision, output: string, shape: readonly number[]): readonly string[] {
  if (shape.length !== 2) return []
  const as = revision.package.outputs.find(({ name }) => name === output)?.as
  return Array.from({ length: shape[1] ?? 0 }, (_, index) => (as?.kind === 'scores' ? as.labels[index] : undefined) ?? `t:${index}`)
}
