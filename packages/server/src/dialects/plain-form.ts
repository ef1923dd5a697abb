/** A multipart form to the inputs of a model: each part is one, under its name. */
import { type JsonObject, type JsonValue, parseJson, quoted, ServeError, type Tensors, tensor } from '@slipway/protocol'
import type { Revision } from '../serving/revision.ts'
import type { FormPart } from './bodies/form.ts'
import { isOneRow } from './bodies/one-row.ts'
import { columnsToInputs } from './bodies/rows.ts'

/**
 * A picture or a text is a part as it is, several of one name are rows. Numbers are JSON: one row, or rows of them. A table's columns may be
 * parts of their own. Throws INVALID_ARGUMENT that names the part.
 */
export function formInputs(revision: Revision, parts: readonly FormPart[]): Tensors {
  const { transforms } = revision.package
  const byName = Map.groupBy(parts, ({ name }) => name)
  const pictures = new Map<string, readonly Uint8Array[]>()
  const columns = new Map<string, JsonValue>()
  for (const [name, group] of byName) {
    const isJson = group.every(({ type }) => type === 'application/json')
    if (!isJson && transforms.some(({ input }) => input === name)) {
      pictures.set(
        name,
        group.map(({ bytes }) => bytes),
      )
    } else columns.set(name, column(revision, name, group))
  }
  const read = columns.size === 0 ? [] : columnsToInputs(revision, columns)
  return new Map([...Array.from(pictures, ([name, bytes]) => [name, tensor('BYTES', [bytes.length], bytes)] as const), ...read])
}

/** The rows that the parts of one name are. */
function column({ package: { inputs } }: Revision, name: string, group: readonly FormPart[]): JsonValue {
  const named = inputs.find((input) => input.name === name)
  const spec = named ?? (inputs.length === 1 ? inputs[0] : undefined)
  if (spec?.datatype === 'BYTES' && group.every(({ type }) => type !== 'application/json')) return group.map(({ bytes }) => octets(bytes))
  const values = group.map(({ bytes }) => number(name, bytes))
  const [first] = values
  if (values.length > 1 || first === undefined) return values
  return named === undefined ? [first].flat() : isOneRow(named, first) ? [first] : first
}

/** As it is, whether it is UTF-8 or not. */
const octets = (bytes: Uint8Array): JsonObject => new Map([['b64', Buffer.from(bytes).toString('base64')]])

function number(name: string, bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes, { nonFinite: true })
  } catch (error) {
    if (!(error instanceof ServeError)) throw error
    throw new ServeError('INVALID_ARGUMENT', `part ${quoted(name)} must be JSON, such as 1.5 or [1, 2]: ${error.message}`, { cause: error })
  }
}
