/** The elements of a tensor in JSON text: the contract of what gathers them, and what all gatherers share. */
import { quoted } from '../errors.ts'
import type { Datatype, TensorData } from '../tensor.ts'
import { CLOSE_ARRAY, COMMA, type JsonCursor, MINUS, NINE, QUOTE, ZERO } from './cursor.ts'
import { cut, readNumber } from './numbers.ts'
import { refuseElement, type Subject } from './ranges.ts'
import { readString } from './strings.ts'

/** Gathers elements of one datatype, one innermost array at a time. */
export interface Leaves {
  /** Reads elements up to the bracket that closes their array and stays on it; returns how many there were. The cursor is on the first. */
  run(cursor: JsonCursor): number
  /** The elements gathered: all there was room made for, or the first `count`. */
  data(count?: number): TensorData
}

export interface LeavesOptions {
  readonly subject: Subject
  /** Elements to make room for; those past it are checked and counted, not kept. */
  readonly capacity: number
  /** BYTES whose strings are base64. */
  readonly base64: boolean
}

const SHARED_ROOM = 4096
const sharedRoom = new Float64Array(SHARED_ROOM)

/** Room for doubles on their way to what will hold them; for few elements the same each time, so only until `data()`, and for one tensor at once. */
export function workingRoom(capacity: number): Float64Array {
  return capacity <= SHARED_ROOM ? sharedRoom : new Float64Array(capacity)
}

/** After an element: true when another follows, false on the closing bracket. */
export function nextElement(cursor: JsonCursor): boolean {
  const code = cursor.next()
  if (code === COMMA) {
    cursor.at++
    return true
  }
  if (code !== CLOSE_ARRAY) cursor.unexpected('"," or "]"')
  return false
}

export function startsNumber(code: number): boolean {
  return (code >= ZERO && code <= NINE) || code === MINUS
}

/** Throws about a value that is no element of the datatype: JSON that is no JSON first. */
export function refuseValue(cursor: JsonCursor, element: { index: number; datatype: Datatype; subject: Subject }): never {
  const code = cursor.next()
  const { index, datatype } = element
  if (code === QUOTE) {
    return refuseElement(element.subject, { index, datatype, shown: `the string ${quoted(readString(cursor))}` })
  }
  if (code === 0x5b) return refuseElement(element.subject, { index, datatype, shown: 'an array beside elements' })
  if (code === 0x7b) return refuseElement(element.subject, { index, datatype, shown: 'an object' })
  const start = cursor.at
  if (startsNumber(code)) {
    readNumber(cursor, 53)
    return refuseElement(element.subject, { index, datatype, shown: `the number ${cut(cursor, start)}` })
  }
  const word = code === 0x74 ? 'true' : code === 0x66 ? 'false' : code === 0x6e ? 'null' : undefined
  if (word === undefined) return cursor.unexpected('a JSON value')
  cursor.word(word)
  return refuseElement(element.subject, { index, datatype, shown: word })
}
