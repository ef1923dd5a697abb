/** A JSON object whose members are read as values, all but the rows of one tensor: their numbers go from the text straight into it. */
import { ServeError } from './errors.ts'
import { type CursorOptions, JsonCursor, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './json/cursor.ts'
import { type RowsSpec, readRows } from './json/nesting.ts'
import { type JsonObject, type JsonValue, KeysSeen, readValue } from './json.ts'
import type { Tensor } from './tensor.ts'

export interface RowsOptions extends CursorOptions {
  /** The members that may be rows. */
  readonly keys: readonly string[]
  /** What they are rows of; without it all members are values. Never BYTES, and of at least one dimension. */
  readonly spec?: RowsSpec | undefined
}

export interface ParsedRows {
  /** All members that are not in `rows`, in the order of the text. */
  readonly members: JsonObject
  /** By key: the arrays of nothing but numbers that make a tensor of the spec. */
  readonly rows: ReadonlyMap<string, Tensor>
}

/**
 * The same object that `parseJson` reads, with the same refusals. A member that is named as rows and is none stays a value, so that whoever
 * asks has one rule, and its complaints, for everything else. Throws INVALID_ARGUMENT, also for a body that is no object.
 */
export function parseRows(bytes: Uint8Array, { keys, spec, ...options }: RowsOptions): ParsedRows {
  const cursor = new JsonCursor(bytes, options)
  const members = new Map<string, JsonValue>()
  const rows = new Map<string, Tensor>()
  if (cursor.next() !== OPEN_OBJECT && cursor.at < cursor.end) notAnObject(cursor)
  if (cursor.open(OPEN_OBJECT)) {
    const seen = new KeysSeen()
    do {
      const key = seen.read(cursor)
      const value = spec !== undefined && keys.includes(key) ? tryRows(cursor, spec) : undefined
      if (value === undefined) members.set(key, readValue(cursor))
      else rows.set(key, value)
    } while (cursor.more(OPEN_OBJECT))
  }
  cursor.finish()
  return { members, rows }
}

function notAnObject(cursor: JsonCursor): never {
  const found = cursor.excerpt()
  // JSON that is none is the better complaint.
  readValue(cursor)
  cursor.finish()
  throw new ServeError('INVALID_ARGUMENT', `the body must be a JSON object, found ${found}`)
}

/** The tensor, or undefined with the cursor where it was. */
function tryRows(cursor: JsonCursor, spec: RowsSpec): Tensor | undefined {
  const { at, depth } = cursor
  if (cursor.next() !== OPEN_ARRAY || startsNoNumber(cursor)) return undefined
  try {
    return readRows(cursor, spec)
  } catch (error) {
    if (!(error instanceof ServeError)) throw error
    cursor.at = at
    cursor.depth = depth
    return undefined
  }
}

/** Whether an object or a string follows the brackets: the usual other forms, told without trying. */
function startsNoNumber({ bytes, at, end }: JsonCursor): boolean {
  let next = at
  while (next < end && (bytes[next] === OPEN_ARRAY || (bytes[next] as number) <= 0x20)) next++
  return bytes[next] === OPEN_OBJECT || bytes[next] === QUOTE
}
