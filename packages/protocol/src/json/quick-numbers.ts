/**
 * The common numbers of tensors, many in one loop: plain decimals behind one another with a comma between. Each loop stops, with the cursor
 * on the element, where anything else comes (an exponent, too many digits, white space beyond one blank, the last element, the end of the
 * body near): `readNumber` takes that one, with all its care. Values are the same as `readNumber`'s.
 */
import { COMMA, type JsonCursor, MINUS, ZERO } from './cursor.ts'
import { EXACT_INTEGER, POWERS, sameSingle } from './numbers.ts'

/** A sign, 9 digits, a point, 18 digits, a comma, a blank, and what a word of four digits may read too much. */
const LONGEST = 36
const POINT = 0x2e
const BLANK = 0x20

/** Reads reals into `values` from `index` on while there is room; returns the index behind the last. */
export function readQuickReals(cursor: JsonCursor, values: Float32Array | Float64Array, from: number): number {
  const { bytes, view } = cursor
  const last = cursor.end - LONGEST
  const room = values.length
  const single = values instanceof Float32Array
  let index = from
  let start = cursor.at
  for (; start < last && index < room; index++) {
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
    let value = whole
    if (bytes[at] === POINT) {
      const point = ++at
      let mantissa = 0
      let word = fourDigits(view, at)
      if (word >= 0) {
        mantissa = word
        at += 4
        word = fourDigits(view, at)
        if (word >= 0) {
          mantissa = (Math.imul(mantissa, 10_000) + word) | 0
          at += 4
        }
      }
      for (const stop = point + 9; at < stop; at++) {
        const digit = (bytes[at] as number) - ZERO
        if (digit >>> 0 > 9) break
        mantissa = (Math.imul(mantissa, 10) + digit) | 0
      }
      let sum = mantissa
      if (at === point + 9) {
        let low = 0
        word = fourDigits(view, at)
        if (word >= 0) {
          low = word
          at += 4
        }
        for (const stop = point + 18; at < stop; at++) {
          const digit = (bytes[at] as number) - ZERO
          if (digit >>> 0 > 9) break
          low = (Math.imul(low, 10) + digit) | 0
        }
        sum = mantissa * (POWERS[at - point - 9] as number) + low
      }
      if (at === point) break
      const power = POWERS[at - point] as number
      if (whole !== 0) sum += whole * power
      value = sum / power
      if (sum >= EXACT_INTEGER && !(single && sameSingle(value))) break
    }
    if (bytes[at] !== COMMA) break
    values[index] = negative ? -value : value
    start = bytes[at + 1] === BLANK ? at + 2 : at + 1
  }
  cursor.at = start
  return index
}

/** Reads integers of up to 15 digits from `low` to `high` into `values` from `index` on while there is room; returns the index behind the last. */
export function readQuickIntegers(cursor: JsonCursor, values: Float64Array, run: { from: number; low: number; high: number }): number {
  const { bytes } = cursor
  const { low, high } = run
  const last = cursor.end - LONGEST
  const room = values.length
  let index = run.from
  let start = cursor.at
  for (; start < last && index < room; index++) {
    let at = start
    const negative = bytes[at] === MINUS
    if (negative) at++
    let value = (bytes[at++] as number) - ZERO
    if (value >>> 0 > 9) break
    if (value !== 0)
      for (const stop = at + 14; at < stop; at++) {
        const digit = (bytes[at] as number) - ZERO
        if (digit >>> 0 > 9) break
        value = value * 10 + digit
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
