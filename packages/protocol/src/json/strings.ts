/** JSON strings, as text or as octets. Every string read is well-formed UTF-8; an escaped lone surrogate has no octets, so it is refused. */
import { DATATYPES } from '../tensor.ts'
import { BACKSLASH, type JsonCursor, QUOTE } from './cursor.ts'
import { malformedAt, textOf } from './utf8.ts'

/** The string that the cursor is on. */
export function readString(cursor: JsonCursor): string {
  const { bytes, end } = cursor
  if (cursor.at >= end || bytes[cursor.at] !== QUOTE) cursor.unexpected('a string in double quotes')
  const start = cursor.at + 1
  let hash = 0
  let seen = 0
  for (let at = start; at < end; at++) {
    const code = bytes[at] as number
    if (code === QUOTE) {
      cursor.at = at + 1
      if (seen < 0x80) return at - start <= MAX_KEPT ? kept(bytes, { start, end: at, hash }) : textOf(bytes.subarray(start, at))
      return textOf(checked(cursor, start, at))
    }
    if (code === BACKSLASH || code < 0x20) break
    seen |= code
    hash = (Math.imul(hash, 31) + code) | 0
  }
  return textOf(readOctets(cursor))
}

/** The UTF-8 octets of the string that the cursor is on: a view of the body where nothing in it is escaped. */
export function readOctets(cursor: JsonCursor): Uint8Array {
  const { bytes, end } = cursor
  if (cursor.at >= end || bytes[cursor.at] !== QUOTE) cursor.unexpected('a string in double quotes')
  const start = cursor.at + 1
  let at = start
  let seen = 0
  let escapes = 0
  for (; at < end; at++) {
    const code = bytes[at] as number
    if (code === QUOTE) break
    if (code < 0x20) cursor.fail('a control character inside a string; write it as \\n, \\t or \\u00XX', at)
    seen |= code
    if (code === BACKSLASH) {
      escapes++
      at++
    }
  }
  if (at >= end) cursor.fail('a string without its closing quote; was the body cut off?', start - 1)
  cursor.at = at + 1
  const octets = seen < 0x80 ? bytes.subarray(start, at) : checked(cursor, start, at)
  return escapes === 0 ? octets : unescaped(cursor, octets, start)
}

function checked(cursor: JsonCursor, start: number, end: number): Uint8Array {
  const bad = malformedAt(cursor.bytes, start, end)
  if (bad !== -1) cursor.fail('a string that is not UTF-8; send JSON as UTF-8, and raw octets as base64 or binary', bad)
  return cursor.bytes.subarray(start, end)
}

const ESCAPES = new Map<number, number>([
  [0x22, 0x22],
  [0x5c, 0x5c],
  [0x2f, 0x2f],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
])

function unescaped(cursor: JsonCursor, raw: Uint8Array, start: number): Uint8Array {
  // No escape is shorter than the octets it stands for.
  const out = new Uint8Array(raw.byteLength)
  let length = 0
  for (let at = 0; at < raw.byteLength; ) {
    const code = raw[at++] as number
    if (code !== BACKSLASH) {
      out[length++] = code
      continue
    }
    const letter = raw[at++] as number
    const plain = ESCAPES.get(letter)
    if (plain !== undefined) {
      out[length++] = plain
      continue
    }
    if (letter !== 0x75) cursor.fail(`an escape that JSON does not know; write a backslash as \\\\`, start + at - 2)
    const unit = hexUnit(cursor, raw, { at, start })
    at += 4
    let point = unit
    if (unit >= 0xd800 && unit <= 0xdfff) {
      const pair = unit < 0xdc00 && raw[at] === BACKSLASH && raw[at + 1] === 0x75 ? hexUnit(cursor, raw, { at: at + 2, start }) : 0
      if (pair < 0xdc00 || pair > 0xdfff) cursor.fail('half of a surrogate pair, which is no character', start + at - 6)
      point = 0x10000 + ((unit - 0xd800) << 10) + (pair - 0xdc00)
      at += 6
    }
    length = putPoint(out, length, point)
  }
  return out.subarray(0, length)
}

function hexUnit(cursor: JsonCursor, raw: Uint8Array, place: { at: number; start: number }): number {
  let unit = 0
  for (let index = place.at; index < place.at + 4; index++) {
    const code = raw[index] ?? 0
    const digit = code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57
    if (digit < 0 || digit > 15 || (code > 0x39 && digit < 10))
      cursor.fail('\\u without four hexadecimal digits', place.start + place.at - 2)
    unit = unit * 16 + digit
  }
  return unit
}

function putPoint(out: Uint8Array, from: number, point: number): number {
  let at = from
  if (point < 0x80) out[at++] = point
  else if (point < 0x800) {
    out[at++] = 0xc0 | (point >> 6)
    out[at++] = 0x80 | (point & 0x3f)
  } else if (point < 0x10000) {
    out[at++] = 0xe0 | (point >> 12)
    out[at++] = 0x80 | ((point >> 6) & 0x3f)
    out[at++] = 0x80 | (point & 0x3f)
  } else {
    out[at++] = 0xf0 | (point >> 18)
    out[at++] = 0x80 | ((point >> 12) & 0x3f)
    out[at++] = 0x80 | ((point >> 6) & 0x3f)
    out[at++] = 0x80 | (point & 0x3f)
  }
  return at
}

// Keys, names and datatypes come again in every request; keeping them saves a call into the decoder for each.
const MAX_KEPT = 32
const KEPT_SLOTS = 512
const keptStrings: string[] = new Array(KEPT_SLOTS).fill('')

function kept(bytes: Uint8Array, span: { start: number; end: number; hash: number }): string {
  const { start, end } = span
  const slot = slotOf(span.hash)
  const candidate = keptStrings[slot] as string
  if (candidate.length === end - start && equalAscii(bytes, start, candidate)) return candidate
  // Each slot has a second one, for what the latest string there pushed out.
  const older = keptStrings[slot ^ 1] as string
  if (older.length === end - start && equalAscii(bytes, start, older)) return older
  const text = textOf(bytes.subarray(start, end))
  keptStrings[slot ^ 1] = candidate
  keptStrings[slot] = text
  return text
}

function keep(text: string): void {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  keptStrings[slotOf(hash)] = text
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 9)) & (KEPT_SLOTS - 1)
}

// The words of the V2 dialect from the start: a literal is compared with another by address.
for (const word of ['inputs', 'outputs', 'name', 'shape', 'datatype', 'data', 'parameters', 'id', ...DATATYPES]) keep(word)

function equalAscii(bytes: Uint8Array, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text.charCodeAt(index)) return false
  return true
}
