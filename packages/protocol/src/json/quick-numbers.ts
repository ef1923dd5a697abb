/**
 * The common numbers of tensors, many in one loop: plain decimals behind one another with a comma between. Each loop stops, with the cursor
 * on the element, where anything else comes (an exponent, too many digits, white space beyond one blank, the last element, the end of the
 * body near): `readNumber` takes that one, with all its care. Values are the same as `readNumber`'s.
 */
import { COMMA, type JsonCursor, MINUS, ZERO } from './cursor.ts'
import { EXACT_INTEGER, LARGEST_DIVIDEND, nearestQuotient, POWERS, sameSingle } from './numbers.ts'

/** A sign, 9 digits, a point, 22 digits, a comma, a blank, and what a word of four digits may read too much. */
const LONGEST = 40
const POINT = 0x2e
const BLANK = 0x20
const BILLION = 1e9

/** Reads reals into `values` from index `from` on while there is room; returns the index behind the last. */
export function readQuickReals(cursor: JsonCursor, values: Float32Array | Float64Array, from: number): number {
  const { bytes } = cursor
  const last = cursor.end - LONGEST
  const room = values.length
  const place: Place = { bytes, view: cursor.view, values, single: values instanceof Float32Array, index: from, whole: 0 }
  let start = cursor.at
  for (; start < last && place.index < room; place.index++) {
    let at = start
    const negative = bytes[at] === MINUS
    if (negative) at++
    let whole = (bytes[at++] as number) - ZERO
    if (whole >>> 0 > 9) break
    if (whole !== 0)
      for (const stop = at + 8; at < stop; at++) {
        const digit = (bytes[at] as number) - ZERO
        if (digit >>> 0 > 9) break
        whole = (Math.imul(whole, 10) + digit) | 0
      }
    if (bytes[at] === POINT) {
      place.whole = whole
      at = putFraction(place, at + 1)
    } else values[place.index] = whole
    if (bytes[at] !== COMMA) break
    if (negative) values[place.index] = -(values[place.index] as number)
    start = bytes[at + 1] === BLANK ? at + 2 : at + 1
  }
  cursor.at = start
  return place.index
}

/** Where a real is being read to. Values go there directly: a double that a function returns may cost an allocation. */
interface Place {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly values: Float32Array | Float64Array
  readonly single: boolean
  index: number
  /** The digits before the point, at most 9. */
  whole: number
}

const CARE = 0

/** Stores the whole part with the digits from `point` on; returns where they end, or CARE, at which no comma is, when they take more care. */
function putFraction(place: Place, point: number): number {
  const { bytes, view } = place
  let at = point
  let head = 0
  const first = fourDigits(view, at)
  if (first >= 0) {
    at += 4
    const second = fourDigits(view, at)
    head = second < 0 ? first : (Math.imul(first, 10_000) + second) | 0
    if (second >= 0) at += 4
  }
  for (const stop = point + 9; at < stop; at++) {
    const digit = (bytes[at] as number) - ZERO
    if (digit >>> 0 > 9) break
    head = (Math.imul(head, 10) + digit) | 0
  }
  const scale = at - point
  if (scale === 9) return putLongFraction(place, at, head)
  if (scale === 0) return CARE
  const power = POWERS[scale] as number
  const sum = place.whole * power + head
  if (sum >= EXACT_INTEGER) return CARE
  place.values[place.index] = sum / power
  return at
}

/** The same from the ninth digit behind the point on; `head` is what the nine say. */
function putLongFraction(place: Place, ninth: number, head: number): number {
  const { bytes } = place
  let at = ninth
  let tail = 0
  const four = fourDigits(place.view, at)
  if (four >= 0) {
    tail = four
    at += 4
  }
  for (const stop = ninth + 9; at < stop; at++) {
    const digit = (bytes[at] as number) - ZERO
    if (digit >>> 0 > 9) break
    tail = (Math.imul(tail, 10) + digit) | 0
  }
  const counted = at
  if (at === ninth + 9) while (at < counted + 4 && ((bytes[at] as number) - ZERO) >>> 0 <= 9) at++
  const scale = counted - ninth
  const power = POWERS[scale] as number
  const large = place.whole * BILLION + head
  const sum = large * power + tail
  let value = sum / (POWERS[scale + 9] as number)
  // For a single, what is left out past 18 digits is less than a rounding.
  if (sum >= EXACT_INTEGER ? !(place.single && sameSingle(value)) : at !== counted) {
    if (at !== counted || large >= EXACT_INTEGER || sum >= LARGEST_DIVIDEND) return CARE
    value = nearestQuotient({ head: large, power, tail, scale: scale + 9 })
    if (Number.isNaN(value)) return CARE
  }
  place.values[place.index] = value
  return at
}

/** Reads integers of up to 9 digits from `low` to `high` into `values`, from index `from` to before `to`; returns the index behind the last. */
export function readQuickIntegers(
  cursor: JsonCursor,
  values: Float64Array,
  run: { from: number; to: number; low: number; high: number },
): number {
  const { bytes } = cursor
  const { low, high, to } = run
  const last = cursor.end - LONGEST
  let index = run.from
  let start = cursor.at
  for (; start < last && index < to; index++) {
    let at = start
    const negative = bytes[at] === MINUS
    if (negative) at++
    let value = (bytes[at++] as number) - ZERO
    if (value >>> 0 > 9) break
    if (value !== 0)
      for (const stop = at + 8; at < stop; at++) {
        const digit = (bytes[at] as number) - ZERO
        if (digit >>> 0 > 9) break
        value = (Math.imul(value, 10) + digit) | 0
      }
    if (negative) value = -value
    if (bytes[at] !== COMMA || value < low || value > high) break
    values[index] = value
    start = bytes[at + 1] === BLANK ? at + 2 : at + 1
  }
  cursor.at = start
  return index
}

/** The number that four digits at `at` stand for, all four in one 32-bit word; -1 when one of them is no digit. */
function fourDigits(view: DataView, at: number): number {
  const word = view.getInt32(at, true)
  if ((((word + 0x46464646) | (word - 0x30303030)) & 0x80808080) !== 0) return -1
  const pairs = Math.imul(word & 0x0f0f0f0f, 2561) >>> 8
  return Math.imul(pairs & 0x00ff00ff, 6_553_601) >>> 16
}
