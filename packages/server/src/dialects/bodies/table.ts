/**
 * Tables of named or numbered columns, from CSV or from lists of objects, to the inputs of a model: by a dialect, and by the command line.
 *
 * A model with one input has one column for each element of a row, row-major, named as its features are; one with several has a column
 * for each, named as it is. Names come in any order and others beside them are ignored; a model that has no names for its columns takes
 * them in their order.
 */
import {
  describeSpec,
  elementCount,
  type InputInfo,
  type JsonValue,
  quoted,
  ServeError,
  type Tensor,
  type Tensors,
  tensorFromJson,
} from '@slipway/protocol'
import { nearest } from '../../base/nearest.ts'

export interface Table {
  /** Names of the columns; absent when the rows are only numbered. */
  readonly header?: readonly string[] | undefined
  /** Cells as text, or as values of JSON. */
  readonly rows: readonly (readonly JsonValue[])[]
}

interface ModelColumn {
  readonly name: string
  readonly spec: InputInfo
}

/** One column for each feature of the model's only input, or one for each of its inputs. Throws INVALID_ARGUMENT that names the column or cell. */
export function tableToInputs(inputs: readonly InputInfo[], table: Table): Tensors {
  if (table.rows.length === 0) throw new ServeError('INVALID_ARGUMENT', 'the table has no rows')
  const columns = modelColumns(inputs, table.rows[0]?.length).filter(
    ({ name, spec }) => spec.optional !== true || table.header?.includes(name) !== false,
  )
  const order = columnOrder(columns, ownNames(inputs) === undefined ? { rows: table.rows } : table)
  const cells = table.rows.map((row, number) => order.map((at, index) => cell(row[at], columns[index] as ModelColumn, number)))
  const [only] = inputs
  if (inputs.length === 1 && only !== undefined) return new Map([[only.name, shaped(only, cells)]])
  return new Map(
    columns.map(({ spec }, index): [string, Tensor] => [
      spec.name,
      shaped(
        spec,
        cells.map((row) => [row[index] as JsonValue]),
      ),
    ]),
  )
}

/** The names that a table's columns have for this model. */
export function columnNames(inputs: readonly InputInfo[]): readonly string[] {
  return modelColumns(inputs).map(({ name }) => name)
}

/** Whether a table can hold the inputs: there is only one, or each is a single column. */
export function isTable(inputs: readonly InputInfo[]): boolean {
  return inputs.length === 1 || inputs.every((input) => widthOf(input) === 1)
}

/** Whether a line is the model's own names, in any order: what tells a header from data when nobody says which it is. */
export function namesColumns(inputs: readonly InputInfo[], cells: readonly string[]): boolean {
  const own = ownNames(inputs)
  return own !== undefined && own.length === cells.length && own.every((name) => cells.includes(name))
}

/** Names that the model gives its columns; undefined where they are only numbered. */
function ownNames(inputs: readonly InputInfo[]): readonly string[] | undefined {
  const [only] = inputs
  if (inputs.length !== 1 || only === undefined) return inputs.map(({ name }) => name)
  return only.as.kind === 'features' ? only.as.names : widthOf(only) === 1 ? [only.name] : undefined
}

/** Elements of one row; undefined when they are not fixed. */
function widthOf({ shape, unknownRank }: InputInfo): number | undefined {
  const row = shape.slice(1)
  return unknownRank === true || row.includes(-1) ? undefined : elementCount(row)
}

/** `cells`: how many the first row has, for an input whose rows may have any length. */
function modelColumns(inputs: readonly InputInfo[], cells = 0): readonly ModelColumn[] {
  const [only] = inputs
  if (inputs.length === 1 && only !== undefined) {
    if (only.shape.length === 0 || (widthOf(only) === undefined && only.shape.length > 2))
      throw new ServeError('INVALID_ARGUMENT', `input ${quoted(only.name)} is ${describeSpec(only)}, which no table holds; give JSON`)
    const names = ownNames(inputs) ?? []
    return Array.from({ length: Math.max(widthOf(only) ?? cells, names.length) }, (_, index) => ({
      name: names[index] ?? String(index),
      spec: only,
    }))
  }
  const wide = inputs.find((input) => widthOf(input) !== 1)
  if (wide !== undefined)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `input ${quoted(wide.name)} is ${describeSpec(wide)}, which is no single column; give JSON with every input by name`,
    )
  return inputs.map((spec) => ({ name: spec.name, spec }))
}

/** For each column of the model, where it stands in the table. */
function columnOrder(columns: readonly ModelColumn[], { header, rows }: Table): readonly number[] {
  if (header === undefined) {
    const bad = rows.findIndex((row) => row.length !== columns.length)
    if (bad < 0 || columns.length === 0) return columns.map((_, index) => index)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `row ${bad + 1} has ${rows[bad]?.length} values, but the model takes ${columns.length}${columns[0]?.name === '0' ? ' a row' : ` columns: ${listed(columns)}`}`,
    )
  }
  return columns.map(({ name }) => {
    const at = header.indexOf(name)
    if (at >= 0) return at
    const meant = nearest(name, header)
    const hint = meant === undefined ? `it has ${header.map(quoted).join(', ')}` : `is it the one called ${quoted(meant)}?`
    throw new ServeError('INVALID_ARGUMENT', `the table has no column ${quoted(name)}; ${hint}`)
  })
}

const listed = (columns: readonly ModelColumn[]) =>
  columns
    .map(({ name }) => quoted(name))
    .join(', ')
    .slice(0, 400)

function cell(value: JsonValue | undefined, { name, spec: { datatype, as } }: ModelColumn, row: number): JsonValue {
  if (datatype === 'BYTES' && typeof value === 'string') return value
  if ((value === null || value === '') && as.kind === 'features' && as.missing === true) return 'NaN'
  const where = () => `row ${row + 1}, column ${quoted(name)}`
  if (value === undefined || value === null || value === '')
    throw new ServeError('INVALID_ARGUMENT', `${where()} is empty; the model takes ${datatype}`)
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (datatype === 'BOOL' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  if (/^[+-]?\d+$/.test(text)) return exactInteger(text)
  if (/^[+-]?(nan|inf(inity)?)$/i.test(text)) return nonFinite(text)
  const number = DECIMAL.test(text) ? Number(text) : Number.NaN
  if (!Number.isFinite(number))
    throw new ServeError('INVALID_ARGUMENT', `${where()}: ${quoted(text)} is no number; the model takes ${datatype}`)
  return number
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function exactInteger(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** V2's JSON words for them. */
function nonFinite(text: string): string {
  if (/nan/i.test(text)) return 'NaN'
  return text.startsWith('-') ? '-Infinity' : 'Infinity'
}

/** In the input's own dimensions where they are fixed, else as a table. */
function shaped(spec: InputInfo, cells: readonly (readonly JsonValue[])[]): Tensor {
  const { name, datatype } = spec
  if (widthOf(spec) === undefined) return tensorFromJson({ name, datatype }, cells)
  return tensorFromJson({ name, datatype, shape: [cells.length, ...spec.shape.slice(1)] }, cells.flat())
}
