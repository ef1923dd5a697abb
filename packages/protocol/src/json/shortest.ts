/**
 * Numbers as JSON text, the shortest that reads back to the same value of their datatype.
 *
 * For FP32 a candidate of p digits is the value scaled by a power of ten and rounded; it is taken when it reads back, with a margin that
 * covers the roundings of the scaling, so that readers that go by way of a double and readers that do not agree. Six digits always tell
 * two decimals apart in FP32 and nine always suffice (IEEE 754-2019 §5.12.2), so a normal value takes at most four tries.
 */
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../float16.ts'
import { EXACT_INTEGER, POWERS } from './numbers.ts'

/** No number written here is longer: "-1.7976931348623157e+308" has 24 characters. */
export const MAX_NUMBER_LENGTH = 32

const SMALLEST_NORMAL = 2 ** -126
const MARGIN = 2 ** -22
const BILLION = 1e9

const single = new Float32Array(1)
const singleBits = new Uint32Array(single.buffer)

/** Writes a finite value of FP32; returns where the text ends. */
export function putSingle(bytes: Uint8Array, from: number, value: number): number {
  let at = from
  let size = value
  if (value < 0 || (value === 0 && 1 / value < 0)) {
    bytes[at++] = 0x2d
    size = -value
  }
  // Whole numbers are written out: no longer than their shortest form, and exact.
  if (size < BILLION && size === Math.floor(size)) return putDigits(bytes, at, size | 0)
  const exponent = decimalExponent(size)
  for (let precision = size < SMALLEST_NORMAL ? 1 : 6; ; precision++) {
    const scale = precision - 1 - exponent
    const power = POWERS[Math.abs(scale)] as number
    const digits = Math.floor((scale < 0 ? size / power : size * power) + 0.5)
    const back = scale < 0 ? digits * power : digits / power
    // A whole candidate is exact, so all readers see the same number, also where it lies in the middle between two singles.
    const margin = scale < 0 && back < EXACT_INTEGER ? 0 : MARGIN
    if (Math.fround(back + (back - size) * margin) === size || precision === 9) return putDecimal(bytes, at, { digits, scale })
  }
}

/** The decimal exponent of a positive FP32: 0 for 1 to 9.99. */
function decimalExponent(size: number): number {
  single[0] = size
  const binary = ((singleBits[0] as number) >>> 23) - 127
  if (binary === -127) return Math.floor(Math.log10(size))
  // log10(2) in 1/4096; at most one too low, which the comparison mends.
  const guess = (binary * 1233) >> 12
  return guess + 1 > 0
    ? size >= (POWERS[guess + 1] as number)
      ? guess + 1
      : guess
    : size * (POWERS[-guess - 1] as number) >= 1
      ? guess + 1
      : guess
}

/** Writes digits × 10^-scale, as JavaScript would lay it out. */
function putDecimal(bytes: Uint8Array, from: number, decimal: { digits: number; scale: number }): number {
  let digits = decimal.digits | 0
  let scale = decimal.scale
  while (digits % 10 === 0) {
    digits = (digits / 10) | 0
    scale--
  }
  const length = digitCount(digits)
  const point = length - scale
  let at = from
  if (point > 21 || point <= -6) {
    at = putPointed(bytes, at, { digits, length, point: 1 })
    bytes[at++] = 0x65
    if (point < 1) bytes[at++] = 0x2d
    return putDigits(bytes, at, Math.abs(point - 1))
  }
  if (point <= 0) {
    bytes[at++] = 0x30
    bytes[at++] = 0x2e
    for (let zeros = point; zeros < 0; zeros++) bytes[at++] = 0x30
    return putDigits(bytes, at, digits)
  }
  if (point < length) return putPointed(bytes, at, { digits, length, point })
  at = putDigits(bytes, at, digits)
  for (let zeros = length; zeros < point; zeros++) bytes[at++] = 0x30
  return at
}

/** Writes digits with a point behind the first `point` of them. */
function putPointed(bytes: Uint8Array, from: number, number: { digits: number; length: number; point: number }): number {
  const { length, point } = number
  let rest = number.digits
  if (length === point) return putDigits(bytes, from, rest)
  for (let index = length; index > point; index--) {
    const tens = (rest / 10) | 0
    bytes[from + index] = 0x30 + rest - tens * 10
    rest = tens
  }
  bytes[from + point] = 0x2e
  for (let index = point - 1; index >= 0; index--) {
    const tens = (rest / 10) | 0
    bytes[from + index] = 0x30 + rest - tens * 10
    rest = tens
  }
  return from + length + 1
}

/** Writes a whole number from 0 to 2^31-1. */
function putDigits(bytes: Uint8Array, from: number, value: number): number {
  const end = from + digitCount(value)
  let rest = value | 0
  for (let at = end - 1; at >= from; at--) {
    const tens = (rest / 10) | 0
    bytes[at] = 0x30 + rest - tens * 10
    rest = tens
  }
  return end
}

function digitCount(value: number): number {
  if (value < 1e5) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : value < 1e4 ? 4 : 5
  return value < 1e7 ? (value < 1e6 ? 6 : 7) : value < 1e8 ? 8 : value < 1e9 ? 9 : 10
}

/** Writes a safe integer. */
export function putInteger(bytes: Uint8Array, from: number, value: number): number {
  let at = from
  let size = value
  if (value < 0) {
    bytes[at++] = 0x2d
    size = -value
  }
  if (size < BILLION) return putDigits(bytes, at, size)
  const high = Math.floor(size / BILLION)
  at = high < BILLION ? putDigits(bytes, at, high) : putInteger(bytes, at, high)
  let low = size - high * BILLION
  for (let index = at + 8; index >= at; index--) {
    bytes[index] = 0x30 + (low % 10)
    low = Math.floor(low / 10)
  }
  return at + 9
}

/** Writes a finite double. */
export function putDouble(bytes: Uint8Array, from: number, value: number): number {
  if (Math.abs(value) < BILLION && value === (value | 0) && (value !== 0 || 1 / value > 0)) return putInteger(bytes, from, value)
  return putAscii(bytes, from, value === 0 ? '-0' : String(value))
}

export function putAscii(bytes: Uint8Array, from: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[from + index] = text.charCodeAt(index)
  return from + text.length
}

const halfTexts: { readonly FP16: (string | undefined)[]; readonly BF16: (string | undefined)[] } = { FP16: [], BF16: [] }

/** The shortest text of a finite FP16 or BF16, given as its 16 bits. There are 65,536 of each, so each is worked out once. */
export function halfText(datatype: 'FP16' | 'BF16', half: number): string {
  const known = halfTexts[datatype][half]
  if (known !== undefined) return known
  const text = datatype === 'FP16' ? shortestHalf(half, fromFloat16, toFloat16) : shortestHalf(half, fromBfloat16, toBfloat16)
  halfTexts[datatype][half] = text
  return text
}

function shortestHalf(half: number, from: (half: number) => number, to: (value: number) => number): string {
  const value = from(half)
  if (value === 0) return half === 0 ? '0' : '-0'
  for (let precision = 1; ; precision++) {
    const rounded = Number(value.toPrecision(precision))
    if (to(rounded) === half) return String(rounded)
  }
}
