/** What each datatype holds, and the errors for an element it does not hold. */
import { quoted, ServeError } from '../errors.ts'
import type { Datatype, NumericDatatype } from '../tensor.ts'

/** Which tensor is being read: for error messages only. */
export interface Subject {
  /** `input`, `output` or whatever the dialect calls it. */
  readonly kind: string
  readonly name: string
}

export interface Range {
  readonly whole: boolean
  readonly low: number
  readonly high: number
  /** For people. */
  readonly takes: string
}

const whole = (low: number, high: number): Range => ({ whole: true, low, high, takes: `whole numbers from ${low} to ${high}` })
// Numbers from here on would round to an infinity: half a unit in the last place past the largest finite value. They are refused,
// since nobody who writes 1e39 means Infinity; FP64 has no such number left after reading.
const real = (limit: number, largest: string): Range => ({
  whole: false,
  low: -limit,
  high: limit,
  takes: `numbers up to ±${largest}, and "NaN", "Infinity" or "-Infinity"`,
})

export const RANGES: Readonly<Record<Exclude<NumericDatatype, 'INT64' | 'UINT64'>, Range>> = {
  BOOL: { ...whole(0, 1), takes: 'true, false, 0 or 1' },
  UINT8: whole(0, 255),
  UINT16: whole(0, 65_535),
  UINT32: whole(0, 4_294_967_295),
  INT8: whole(-128, 127),
  INT16: whole(-32_768, 32_767),
  INT32: whole(-2_147_483_648, 2_147_483_647),
  FP16: real(65_520, '65504'),
  BF16: real(2 ** 127 * (2 - 2 ** -8), '3.3895314e38'),
  FP32: real(2 ** 127 * (2 - 2 ** -24), '3.4028235e38'),
  FP64: real(Number.POSITIVE_INFINITY, '1.7976931348623157e308'),
}

export interface LongRange {
  readonly low: bigint
  readonly high: bigint
}
export const LONG_RANGES: Readonly<Record<'INT64' | 'UINT64', LongRange>> = {
  INT64: { low: -(2n ** 63n), high: 2n ** 63n - 1n },
  UINT64: { low: 0n, high: 2n ** 64n - 1n },
}

function takes(datatype: Datatype): string {
  if (datatype === 'BYTES') return 'strings, or {"b64": "…"} for octets'
  if (datatype === 'INT64' || datatype === 'UINT64')
    return `whole numbers from ${LONG_RANGES[datatype].low} to ${LONG_RANGES[datatype].high}`
  return RANGES[datatype].takes
}

/** `input "x"`, for the beginning of a message. */
export function describe(subject: Subject): string {
  return `${subject.kind} ${quoted(subject.name)}`
}

/** Throws that the element at a flat index is nothing that the datatype takes; `shown` is the element as text, already cut. */
export function refuseElement(subject: Subject, element: { index: number; shown: string; datatype: Datatype }): never {
  throw new ServeError(
    'INVALID_ARGUMENT',
    `${describe(subject)}: element ${element.index} is ${element.shown}, but ${element.datatype} takes ${takes(element.datatype)}`,
  )
}

/** The double that a string stands for among floating-point elements; undefined for any other string. */
export function nonFinite(text: string): number | undefined {
  if (text === 'NaN') return Number.NaN
  if (text === 'Infinity') return Number.POSITIVE_INFINITY
  if (text === '-Infinity') return Number.NEGATIVE_INFINITY
  return undefined
}
