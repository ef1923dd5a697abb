/** Rows of named or numbered columns, from CSV or from lists of objects, to the inputs of a model. */
import { describeSpec, type InputInfo, type JsonValue, quoted, type Tensor, type Tensors, tensorFromJson } from '@slipway/protocol'
import { nearest } from '../base/nearest.ts'
import { CommandError, EXIT } from './exit.ts'

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

/** One column for each feature of the model's only input, or one for each of its inputs. Throws a CommandError that names the column or cell. */
export function tableInputs(inputs: readonly InputInfo[], table: Table): Tensors {
  const columns = modelColumns(inputs)
  const order = columnOrder(columns, table)
  if (table.rows.length === 0) throw new CommandError(EXIT.usage, 'the table has no rows')
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

function modelColumns(inputs: readonly InputInfo[]): readonly ModelColumn[] {
  const [only] = inputs
  if (inputs.length === 1 && only !== undefined) {
    const width = only.shape.length === 1 ? 1 : only.shape.length === 2 ? (only.shape[1] as number) : 0
    if (width === 0 || only.shape.length > 2)
      throw new CommandError(EXIT.usage, `input ${quoted(only.name)} is ${describeSpec(only)}, which no table holds; give JSON`)
    const names = only.as.kind === 'features' ? only.as.names : width === 1 ? [only.name] : undefined
    return Array.from({ length: Math.max(width, names?.length ?? 0) }, (_, index) => ({
      name: names?.[index] ?? String(index),
      spec: only,
    }))
  }
  const wide = inputs.find(({ shape }) => shape.length > 2 || (shape.length === 2 && shape[1] !== 1))
  if (wide !== undefined)
    throw new CommandError(
      EXIT.usage,
      `input ${quoted(wide.name)} is ${describeSpec(wide)}, which is no single column; give JSON with every input by name`,
    )
  return inputs.map((spec) => ({ name: spec.name, spec }))
}

/** For each column of the model, where it stands in the table. */
function columnOrder(columns: readonly ModelColumn[], { header, rows }: Table): readonly number[] {
  if (header === undefined) {
    const bad = rows.findIndex((row) => row.length !== columns.length)
    if (bad < 0 || columns.length === 0) return columns.map((_, index) => index)
    throw new CommandError(
      EXIT.usage,
      `row ${bad + 1} has ${rows[bad]?.length} values, but the model takes ${columns.length} columns: ${listed(columns)}`,
    )
  }
  return columns.map(({ name }) => {
    const at = header.indexOf(name)
    if (at >= 0) return at
    const meant = nearest(name, header)
    const hint = meant === undefined ? `it has ${header.map(quoted).join(', ')}` : `is it the one called ${quoted(meant)}?`
    throw new CommandError(EXIT.usage, `the table has no column ${quoted(name)}; ${hint}`)
  })
}

const listed = (columns: readonly ModelColumn[]) =>
  columns
    .map(({ name }) => quoted(name))
    .join(', ')
    .slice(0, 400)

function cell(value: JsonValue | undefined, { name, spec }: ModelColumn, row: number): JsonValue {
  const where = `row ${row + 1}, column ${quoted(name)}`
  if (value === undefined || value === null || value === '') {
    if (value === '' && spec.datatype === 'BYTES') return value
    throw new CommandError(EXIT.usage, `${where} is empty; the model takes ${spec.datatype}`)
  }
  if (typeof value !== 'string' || spec.datatype === 'BYTES') return value
  const text = value.trim()
  if (spec.datatype === 'BOOL' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  if (/^[+-]?\d+$/.test(text)) return exactInteger(text)
  if (/^[+-]?(nan|inf(inity)?)$/i.test(text)) return nonFinite(text)
  const number = Number(text)
  if (text === '' || Number.isNaN(number))
    throw new CommandError(EXIT.usage, `${where}: ${quoted(text)} is no number; the model takes ${spec.datatype}`)
  return number
}

function exactInteger(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** V2's JSON words for them. */
function nonFinite(text: string): string {
  if (/nan/i.test(text)) return 'NaN'
  return text.startsWith('-') ? '-Infinity' : 'Infinity'
}

/** Rows of one column each become [n] where the input wants one dimension. */
function shaped(spec: InputInfo, cells: readonly (readonly JsonValue[])[]): Tensor {
  const { name, datatype } = spec
  return tensorFromJson(
    { name, datatype },
    spec.shape.length === 1 ? cells.map((row) => row[0] as JsonValue) : cells.map((row) => [...row]),
  )
}
