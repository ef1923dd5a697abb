/** The columns of a model's feature inputs, joined into one form: a row of the form is one row of every such input. */
import type { InputInfo } from '@slipway/client'
import { parseElement } from './element.ts'
import { column } from './nesting.ts'

export interface Column {
  readonly input: InputInfo
  readonly name: string
  readonly range?: { readonly min: number; readonly max: number; readonly typical: number }
}

export interface CellProblem {
  readonly row: number
  readonly column: string
  readonly message: string
}

/** One column for each name of each feature input, in the inputs' order. */
export function columnsOf(inputs: readonly InputInfo[]): Column[] {
  return inputs.flatMap((input) => {
    if (input.as.kind !== 'features') return []
    const { names, ranges } = input.as
    return names.map((name, index) => {
      const range = ranges?.[index]
      return range === undefined ? { input, name } : { input, name, range }
    })
  })
}

/** A row to start from: what is typical, else the middle of nothing known, which is zero. */
export function typicalRow(columns: readonly Column[]): string[] {
  return columns.map(({ input, range }) => {
    if (range !== undefined) return String(range.typical)
    return input.datatype === 'BYTES' ? '' : input.datatype === 'BOOL' ? 'false' : '0'
  })
}

/** Rows of typed text as nested data for each input, or what is wrong with which cell. */
export function encodeRows(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): { readonly inputs: ReadonlyMap<string, unknown> } | { readonly problems: readonly CellProblem[] } {
  const problems: CellProblem[] = []
  const byInput = new Map<string, { readonly input: InputInfo; readonly rows: unknown[][] }>()
  columns.forEach(({ input, name }, index) => {
    const entry = byInput.get(input.name) ?? { input, rows: rows.map(() => []) }
    byInput.set(input.name, entry)
    rows.forEach((row, at) => {
      const parsed = parseElement(input.datatype, row[index] ?? '')
      if ('problem' in parsed) problems.push({ row: at, column: name, message: parsed.problem })
      else entry.rows[at]?.push(parsed.value)
    })
  })
  if (problems.length > 0) return { problems }
  return { inputs: new Map([...byInput].map(([name, entry]) => [name, shapeRows(entry.input, entry.rows)])) }
}

function shapeRows(input: InputInfo, rows: readonly (readonly unknown[])[]): unknown {
  if (input.shape.length === 2) return rows
  return column(
    rows.map((row) => row[0]),
    input.shape,
  )
}

/** Nested data of the feature inputs back as rows of text; undefined when an input is missing or of another width. */
export function decodeRows(columns: readonly Column[], inputs: ReadonlyMap<string, readonly unknown[]>): string[][] | undefined {
  const widths = new Map<string, number>()
  for (const { input } of columns) widths.set(input.name, (widths.get(input.name) ?? 0) + 1)
  const rows: string[][] = []
  for (const [name, width] of widths) {
    const flat = inputs.get(name)
    if (flat === undefined || flat.length === 0 || flat.length % width !== 0) return undefined
    for (let row = 0; row * width < flat.length; row++) {
      const cells = rows[row] ?? []
      rows[row] = cells
      cells.push(...flat.slice(row * width, (row + 1) * width).map(String))
    }
  }
  return rows.every((row) => row.length === columns.length) ? rows : undefined
}
