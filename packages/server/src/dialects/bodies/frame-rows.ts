/** Rows with the names of their columns beside them, as data frames are written in JSON. */
import { type InputInfo, type JsonValue, quoted, ServeError } from '@slipway/protocol'
import type { Revision } from '../../serving/revision.ts'

/**
 * The rows as instances for `rowsToInputs`. A model that has names for its columns (a table's, or those of several inputs) has them matched,
 * in any order; numbered columns, and those of a model without such names, are in the model's order. Throws INVALID_ARGUMENT for a row of
 * another length than the columns.
 */
export function frameRows(revision: Revision, columns: readonly JsonValue[], rows: readonly JsonValue[]): readonly JsonValue[] {
  const names = columns.filter((column) => typeof column === 'string')
  if (names.length === 0 || names.length < columns.length || !goesByName(revision.package.inputs, names)) return rows
  return rows.map((row, index) => named(names, row, index))
}

function named(names: readonly string[], row: JsonValue, index: number): JsonValue {
  const values = Array.isArray(row) ? row : [row]
  if (values.length === names.length) return new Map(names.map((name, at) => [name, values[at] as JsonValue]))
  throw new ServeError(
    'INVALID_ARGUMENT',
    `row ${index} has ${values.length} values for the ${names.length} columns ${names.slice(0, 20).map(quoted).join(', ')}`,
  )
}

/** The columns of a plain tensor have no names; its whole rows may stand under the input's own. */
function goesByName(inputs: readonly InputInfo[], names: readonly string[]): boolean {
  const [only] = inputs
  if (only === undefined || inputs.length > 1) return true
  return only.as.kind === 'features' || (names.length === 1 && names[0] === only.name)
}
