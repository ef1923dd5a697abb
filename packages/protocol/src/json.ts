/** Exact JSON over UTF-8 octets: what JSON.parse would round, merge or let through is kept, refused and named. */

import { quoted } from './errors.ts'
import { COMMA, type CursorOptions, JsonCursor, MINUS, NINE, OPEN_ARRAY, OPEN_OBJECT, QUOTE, ZERO } from './json/cursor.ts'
import { asciiText, readNumber } from './json/numbers.ts'
import { readString } from './json/strings.ts'

/** Integers past ±(2^53-1) are bigints; all other numbers are the nearest double. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject
/** Members in the order of the text. A Map, so that no key can reach a prototype. */
export type JsonObject = ReadonlyMap<string, JsonValue>

/**
 * The value of a whole JSON text. Throws INVALID_ARGUMENT naming the octet for anything RFC 8259 refuses, and for duplicate keys,
 * a byte order mark, octets that are no UTF-8, escaped lone surrogates, numbers past FP64, and nesting past `maxDepth` (100, at most 1,000).
 */
export function parseJson(bytes: Uint8Array, options?: CursorOptions): JsonValue {
  const cursor = new JsonCursor(bytes, { ...options, maxDepth: Math.min(options?.maxDepth ?? 100, 1000) })
  const value = readValue(cursor)
  cursor.finish()
  return value
}

/** The value that the cursor is on, or on the white space before. */
export function readValue(cursor: JsonCursor): JsonValue {
  const code = cursor.next()
  if (code === QUOTE) return readString(cursor)
  if (code === OPEN_ARRAY) return readArray(cursor)
  if (code === OPEN_OBJECT) return readObject(cursor)
  if ((code >= ZERO && code <= NINE) || code === MINUS) return readExact(cursor)
  if (code === 0x74) return word(cursor, 'true', true)
  if (code === 0x66) return word(cursor, 'false', false)
  if (code === 0x6e) return word(cursor, 'null', null)
  if (cursor.nonFinite && code === 0x4e) return word(cursor, 'NaN', Number.NaN)
  if (cursor.nonFinite && code === 0x49) return word(cursor, 'Infinity', Number.POSITIVE_INFINITY)
  return cursor.unexpected('a JSON value')
}

function word<T>(cursor: JsonCursor, text: string, value: T): T {
  cursor.word(text)
  return value
}

function readExact(cursor: JsonCursor): number | bigint {
  const start = cursor.at
  if (cursor.nonFinite && cursor.bytes[start] === MINUS && cursor.bytes[start + 1] === 0x49)
    return word(cursor, '-Infinity', Number.NEGATIVE_INFINITY)
  const value = readNumber(cursor, 53)
  return cursor.plain && !Number.isSafeInteger(value) ? BigInt(asciiText(cursor, start, cursor.at)) : value
}

function readArray(cursor: JsonCursor): JsonValue[] {
  const values: JsonValue[] = []
  if (!cursor.open(OPEN_ARRAY)) return values
  do values.push(readValue(cursor))
  while (cursor.more(OPEN_ARRAY))
  return values
}

function readObject(cursor: JsonCursor): JsonObject {
  const members = new Map<string, JsonValue>()
  if (!cursor.open(OPEN_OBJECT)) return members
  do {
    const at = cursor.at
    const key = readString(cursor)
    if (members.has(key)) cursor.fail(`the key ${quoted(key)} is there twice`, at)
    cursor.colon()
    members.set(key, readValue(cursor))
  } while (cursor.more(OPEN_OBJECT))
  return members
}

/** The keys of one object that is read member by member: names the second of two alike. */
export class KeysSeen {
  readonly #few: string[] = []
  #many: Set<string> | undefined

  /** Reads the key that the cursor is on, and the colon behind it. */
  read(cursor: JsonCursor): string {
    const at = cursor.at
    const key = readString(cursor)
    if (this.#many !== undefined ? this.#many.has(key) : this.#few.includes(key)) cursor.fail(`the key ${quoted(key)} is there twice`, at)
    if (this.#few.length < 12) this.#few.push(key)
    else this.#many = (this.#many ?? new Set(this.#few)).add(key)
    cursor.colon()
    return key
  }
}

/** Steps over the value that the cursor is on and returns where it began. Only its extent is found: whoever skips must come back and read it. */
export function skipValue(cursor: JsonCursor): number {
  const { bytes, end } = cursor
  cursor.next()
  const start = cursor.at
  let depth = 0
  for (let at = start; at < end; at++) {
    const code = bytes[at] as number
    if (code === QUOTE) {
      for (at++; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === 0x5c) at++
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) depth++
    else if (code === OPEN_ARRAY + 2 || code === OPEN_OBJECT + 2) depth--
    if (depth < 0 || (depth === 0 && (code === COMMA || code === OPEN_ARRAY + 2 || code === OPEN_OBJECT + 2))) {
      // A closing bracket that brought the depth to 0 belongs to the value; a comma or an outer bracket does not.
      cursor.at = depth === 0 && code !== COMMA ? at + 1 : at
      return start
    }
  }
  cursor.at = end
  return start
}
