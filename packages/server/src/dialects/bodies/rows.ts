/**
 * The one rule by which rows and columns of JSON become tensors, for every dialect that has `instances` or `inputs`.
 *
 * Rows (`instances`): each element is one row of dimension 0.
 *   - A model with one input: the element is the row's value; or an object that names the input.
 *   - A table input (kind `features`): the element may also be an object that names the columns.
 *   - Several inputs: the element is an object that names every input that has no default; or, when every input is one column, an array
 *     of their values in the signature's order.
 * Columns (`inputs`): whole tensors, bare for a model with one input, else by name.
 * A value that is flat where the input's own dimensions are fixed is taken row-major. `{"b64": "…"}` is octets: of a BYTES element, or of
 * an encoded picture where the input takes one.
 */
import {
  type InputInfo,
  type JsonObject,
  type JsonValue,
  quoted,
  ServeError,
  type Tensor,
  type Tensors,
  tensorFromJson,
} from '@slipway/protocol'
import type { Revision } from '../../serving/revision.ts'

export function rowsToInputs(revision: Revision, instances: readonly JsonValue[]): Tensors {
  const { inputs } = revision.package
  if (instances.length === 0) throw new ServeError('INVALID_ARGUMENT', 'there are no instances; send at least one row')
  const columns = new Map<string, JsonValue[]>()
  for (const [index, instance] of instances.entries()) {
    for (const [name, value] of rowValues(revision, instance, index)) {
      const column = columns.get(name)
      if (column === undefined) columns.set(name, [value])
      else column.push(value)
    }
  }
  for (const [name, column] of columns) {
    if (column.length !== instances.length)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `input ${quoted(name)} is in ${column.length} of ${instances.length} instances; give it in all or in none`,
      )
  }
  return new Map([...columns].map(([name, column]) => [name, stacked(specOf(inputs, name, revision.model), column, revision)]))
}

/** The inputs of one row, by name. */
function rowValues(revision: Revision, instance: JsonValue, index: number): Iterable<readonly [string, JsonValue]> {
  const { inputs } = revision.package
  const [first] = inputs
  if (first === undefined) throw new ServeError('INVALID_ARGUMENT', `model ${quoted(revision.model)} takes no inputs`)
  const single = inputs.length === 1
  if (instance instanceof Map && !isOctets(instance)) {
    const row = instance as JsonObject
    if (single && !row.has(first.name) && first.as.kind === 'features') return [[first.name, featureRow(first, first.as.names, row, index)]]
    return row
  }
  if (single) return [[first.name, instance]]
  if (Array.isArray(instance) && inputs.every(isColumn) && instance.length === inputs.length) {
    return inputs.map((input, at) => [input.name, instance[at] as JsonValue] as const)
  }
  throw new ServeError(
    'INVALID_ARGUMENT',
    `instance ${index}: model ${quoted(revision.model)} has ${inputs.length} inputs, so each instance must be an object by name: ${inputs.map(({ name }) => quoted(name)).join(', ')}`,
  )
}

/** One value a row: [n] or [n, 1]. */
const isColumn = ({ shape }: InputInfo) => shape.length === 1 || (shape.length === 2 && shape[1] === 1)

function featureRow(input: InputInfo, names: readonly string[], row: JsonObject, index: number): JsonValue {
  const values = names.map((name) => {
    const value = row.get(name)
    if (value === undefined)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `instance ${index} has no ${quoted(name)}; input ${quoted(input.name)} has the columns ${names.map(quoted).join(', ')}`,
      )
    return value
  })
  const unknown = [...row.keys()].find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `instance ${index}: there is no column ${quoted(unknown)}; the columns are ${names.map(quoted).join(', ')}`,
    )
  return values
}

/** Whole tensors: bare for a model with one input, else by name. */
export function columnsToInputs(revision: Revision, columns: JsonValue): Tensors {
  const { inputs } = revision.package
  const [first] = inputs
  if (columns instanceof Map && !isOctets(columns)) {
    const named = columns as JsonObject
    if (first !== undefined && inputs.length === 1 && !named.has(first.name) && first.as.kind === 'features')
      return rowsToInputs(revision, rowsOfColumns(first.as.names, named))
    return new Map([...named].map(([name, value]) => [name, whole(specOf(inputs, name, revision.model), value, revision)]))
  }
  if (first === undefined || inputs.length > 1)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `model ${quoted(revision.model)} has ${inputs.length} inputs, so "inputs" must be an object by name: ${inputs.map(({ name }) => quoted(name)).join(', ')}`,
    )
  return new Map([[first.name, whole(first, columns, revision)]])
}

function rowsOfColumns(names: readonly string[], columns: JsonObject): readonly JsonValue[] {
  const lengths = new Set([...columns.values()].map((column) => (Array.isArray(column) ? column.length : -1)))
  const [length] = lengths
  if (lengths.size !== 1 || length === undefined || length < 0)
    throw new ServeError('INVALID_ARGUMENT', `columns must be arrays of one length; the columns are ${names.map(quoted).join(', ')}`)
  return Array.from(
    { length },
    (_, row) => new Map([...columns].map(([name, column]) => [name, (column as readonly JsonValue[])[row] as JsonValue])),
  )
}

function specOf(inputs: readonly InputInfo[], name: string, model: string): InputInfo {
  const spec = inputs.find((input) => input.name === name)
  if (spec !== undefined) return spec
  throw new ServeError(
    'INVALID_ARGUMENT',
    `model ${quoted(model)} has no input ${quoted(name)}; its inputs are ${inputs.map((input) => quoted(input.name)).join(', ')}`,
  )
}

const isOctets = (value: JsonValue) => value instanceof Map && value.size === 1 && value.has('b64')

function takesPictures(revision: Revision, input: InputInfo): boolean {
  return revision.package.transforms.some((transform) => transform.input === input.name)
}

/** Rows behind one another: each has the input's dimensions after the first, nested or flat. */
function stacked(input: InputInfo, rows: readonly JsonValue[], revision: Revision): Tensor {
  if (takesPictures(revision, input) && rows.every(isOctets)) return tensorFromJson({ name: input.name, datatype: 'BYTES' }, rows)
  const trailing = input.shape.slice(1)
  const spec = { name: input.name, datatype: input.datatype }
  if (input.unknownRank !== true && !trailing.includes(-1))
    return tensorFromJson(
      { ...spec, shape: [rows.length, ...trailing] },
      rows.map((row) => evened(row, trailing.length)),
    )
  return tensorFromJson(spec, rows)
}

/** A scalar row of a [n, 1] input reads like [scalar]. */
const evened = (row: JsonValue, rank: number): JsonValue => (rank > 0 && !Array.isArray(row) ? [row] : row)

function whole(input: InputInfo, value: JsonValue, revision: Revision): Tensor {
  if (takesPictures(revision, input) && Array.isArray(value) && value.every(isOctets))
    return tensorFromJson({ name: input.name, datatype: 'BYTES' }, value)
  if (Array.isArray(value) && input.shape.length > 0 && input.unknownRank !== true) return stacked(input, value, revision)
  return tensorFromJson({ name: input.name, datatype: input.datatype }, value)
}
