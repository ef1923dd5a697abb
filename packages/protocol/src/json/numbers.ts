/**
 * JSON numbers. Up to 18 digits are gathered in two 32-bit integers; where the mantissa and the power of ten are both exact
 * doubles, one operation gives the correctly rounded result (Clinger 1990); the rest goes through the engine's own parser.
 */
import { type JsonCursor, MINUS, NINE, ZERO } from './cursor.ts'

/** Powers of ten, each the nearest double; exact up to 10^22. */
export const POWERS: Float64Array = Float64Array.from({ length: 64 }, (_, power) => Number(`1e${power}`))
const EXACT_POWER = 22
const POINT = 0x2e - ZERO
/** Whole numbers below it, and only they, are sure to be what their digits said. */
export const EXACT_INTEGER = 2 ** 53
/** More than a few roundings of 2^-53 each. */
const SLACK = 2 ** -50

/**
 * The number that the cursor is on, as the nearest double; `cursor.plain` tells whether it was an integer without exponent.
 * With `bits` 24 it may be another double that rounds to the same single, which is found faster.
 * A number too large for a double is refused; one too small is 0, as IEEE 754 rounds it.
 */
export function readNumber(cursor: JsonCursor, bits: 24 | 53): number {
  const { bytes, end } = cursor
  const start = cursor.at
  let at = start
  const negative = at < end && bytes[at] === MINUS
  if (negative) at++
  const first = at
  let high = 0
  let low = 0
  // Significant digits: 9 in `high`, 9 in `low`, the rest only counted.
  let digits = 0
  let point = -1
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO
    if (digit === POINT && point === -1) point = at
    else if (digit < 0 || digit > 9) break
    else if (digits < 9) {
      high = (Math.imul(high, 10) + digit) | 0
      if (high !== 0) digits++
    } else {
      if (digits < 18) low = (Math.imul(low, 10) + digit) | 0
      digits++
    }
  }
  checkLayout(cursor, { first, point: point === -1 ? at : point, end: at })
  let scale = point === -1 ? 0 : point + 1 - at
  cursor.at = at
  cursor.plain = point === -1
  if (at < end && ((bytes[at] as number) | 0x20) === 0x65) {
    cursor.plain = false
    cursor.at = at + 1
    scale += readExponent(cursor)
  }
  if (digits > 18) scale += digits - 18
  if (scale < -EXACT_POWER || scale > EXACT_POWER) return slowNumber(cursor, start)
  const power = digits <= 9 ? 1 : (POWERS[Math.min(digits, 18) - 9] as number)
  const mantissa = high * power + low
  let value = scale < 0 ? mantissa / (POWERS[-scale] as number) : mantissa * (POWERS[scale] as number)
  if (mantissa >= EXACT_INTEGER && !(bits === 24 && sameSingle(value))) {
    value = digits > 18 || scale > 0 ? Number.NaN : nearestQuotient({ head: high, power, tail: low, scale: -scale })
    if (Number.isNaN(value)) return slowNumber(cursor, start)
  }
  return negative ? -value : value
}

/** Digits before the point, no zero before them, digits behind a point. */
function checkLayout(cursor: JsonCursor, layout: { first: number; point: number; end: number }): void {
  const { first, point, end } = layout
  if (point === first) noDigit(cursor, first)
  if (point > first + 1 && cursor.bytes[first] === ZERO) cursor.fail('a number with a leading zero; remove the zero')
  if (end === point + 1) noDigit(cursor, end)
}

/** Whether every double as near to `value` as the quick way can have missed it rounds to the same single. */
export function sameSingle(value: number): boolean {
  return Math.fround(value - value * SLACK) === Math.fround(value + value * SLACK)
}

export const LARGEST_DIVIDEND = 2 ** 62
const SPLITTER = 2 ** 27 + 1
const POWER_HEADS = POWERS.map((power) => SPLITTER * power - (SPLITTER * power - power))

/**
 * The double nearest to (head × power + tail) / 10^scale, by arithmetic on pairs of doubles (Dekker 1971); NaN where that cannot tell which
 * of two it is. `head` and `tail` must be exact, the dividend below LARGEST_DIVIDEND, `power` a power of ten of up to 9 digits, `scale` from 0 to 22.
 */
export function nearestQuotient(parts: { head: number; power: number; tail: number; scale: number }): number {
  const { head, power, tail, scale } = parts
  // Both products are exact: 15 bits, or the bits above them, times 30.
  const above = Math.floor(head / 32768)
  const large = above * power * 32768
  const small = (head - above * 32768) * power + tail
  const dividend = large + small
  const rest = small - (dividend - large)
  const divisor = POWERS[scale] as number
  const quotient = dividend / divisor
  const quotientHead = SPLITTER * quotient - (SPLITTER * quotient - quotient)
  const quotientTail = quotient - quotientHead
  const divisorHead = POWER_HEADS[scale] as number
  const divisorTail = divisor - divisorHead
  const product = quotient * divisor
  const error = quotientHead * divisorHead - product + quotientHead * divisorTail + quotientTail * divisorHead + quotientTail * divisorTail
  const correction = (dividend - product - error + rest) / divisor
  const value = quotient + correction
  const left = correction - (value - quotient)
  return value + left * 1.000001 === value ? value : Number.NaN
}

function readExponent(cursor: JsonCursor): number {
  const { bytes, end } = cursor
  let at = cursor.at
  const sign = at < end ? bytes[at] : 0
  if (sign === MINUS || sign === 0x2b) at++
  const first = at
  let exponent = 0
  while (at < end && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) {
    // Beyond this every number is 0 or refused, whatever its mantissa; the slow way decides.
    if (exponent < 1e8) exponent = exponent * 10 + (bytes[at] as number) - ZERO
    at++
  }
  if (at === first) noDigit(cursor, at)
  cursor.at = at
  return sign === MINUS ? -exponent : exponent
}

function slowNumber(cursor: JsonCursor, start: number): number {
  const value = Number(asciiText(cursor, start, cursor.at))
  if (!Number.isFinite(value)) cursor.fail(`${cut(cursor, start)} is larger than any FP64; write "Infinity" if that is meant`, start)
  return value
}

function noDigit(cursor: JsonCursor, at: number): never {
  cursor.at = at
  return cursor.unexpected('a digit')
}

const ascii = new TextDecoder('latin1')
const WINDOW = 4096
let windowBytes: Uint8Array | undefined
let windowStart = 0
let windowText = ''

/** Octets known to be ASCII, as text. Numbers stand close together: one decoded stretch serves the next ones too. */
export function asciiText(cursor: JsonCursor, start: number, end: number): string {
  if (end - start > WINDOW) return ascii.decode(cursor.bytes.subarray(start, end))
  if (windowBytes !== cursor.bytes || start < windowStart || end > windowStart + windowText.length) {
    windowBytes = cursor.bytes
    windowStart = start
    windowText = ascii.decode(cursor.bytes.subarray(start, start + WINDOW))
  }
  return windowText.slice(start - windowStart, end - windowStart)
}

/** The text of a number from `start` to the cursor, cut to what a message may hold. */
export function cut(cursor: JsonCursor, start: number): string {
  return cursor.at - start <= 60 ? asciiText(cursor, start, cursor.at) : `${asciiText(cursor, start, start + 40)}…`
}

/** The exact integer that a JSON number stands for: 'fraction' when it is none, 'huge' when it has more than 40 digits. */
export function exactInteger(text: string): bigint | 'fraction' | 'huge' {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (match === null) throw new RangeError('exactInteger takes a JSON number')
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const all = (whole + fraction).replace(/^0+/, '')
  const digits = all.replace(/0+$/, '')
  if (digits === '') return 0n
  const power = Number(exponent) - fraction.length + (all.length - digits.length)
  if (power < 0) return 'fraction'
  if (digits.length + power > 40) return 'huge'
  return BigInt(`${sign}${digits}`) * 10n ** BigInt(power)
}
