/** Turns lists of JavaScript values into the typed arrays of tensors. Exact or refused: nothing is rounded to fit an integer. */
import {
  createData,
  type Datatype,
  ITEM_BYTES,
  type NumericData,
  type NumericDatatype,
  quoted,
  toBfloat16,
  toFloat16,
  viewData,
} from '@slipway/protocol'
import { SlipwayError } from './slipway-error.ts'

/** Float16Array by its shape: not every engine, nor every project's `lib`, knows the class. */
interface HalfArray extends ArrayLike<number> {
  readonly [Symbol.toStringTag]: 'Float16Array'
  readonly buffer: ArrayBufferLike
  readonly byteOffset: number
}

/** A typed array of any element type. */
export type NumericArray =
  | HalfArray
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array

/** By the name that an array's prototype carries, which also works across frames and where the engine has no Float16Array. */
const DATATYPE_OF: Readonly<Record<string, NumericDatatype>> = {
  Int8Array: 'INT8',
  Uint8Array: 'UINT8',
  Uint8ClampedArray: 'UINT8',
  Int16Array: 'INT16',
  Uint16Array: 'UINT16',
  Int32Array: 'INT32',
  Uint32Array: 'UINT32',
  BigInt64Array: 'INT64',
  BigUint64Array: 'UINT64',
  Float16Array: 'FP16',
  Float32Array: 'FP32',
  Float64Array: 'FP64',
}

export function isNumericArray(value: unknown): value is NumericArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

/** The datatype that a typed array's class means when nothing else is said. */
export function datatypeOf(array: NumericArray): NumericDatatype {
  const datatype = DATATYPE_OF[array[Symbol.toStringTag]]
  if (datatype === undefined) throw new TypeError(`no datatype is known for ${Object.prototype.toString.call(array)}`)
  return datatype
}

const INTEGERS: Partial<Record<Datatype, readonly [bigint, bigint]>> = {
  UINT8: [0n, 2n ** 8n - 1n],
  UINT16: [0n, 2n ** 16n - 1n],
  UINT32: [0n, 2n ** 32n - 1n],
  UINT64: [0n, 2n ** 64n - 1n],
  INT8: [-(2n ** 7n), 2n ** 7n - 1n],
  INT16: [-(2n ** 15n), 2n ** 15n - 1n],
  INT32: [-(2n ** 31n), 2n ** 31n - 1n],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
}

/** The largest finite value; what rounds past it would silently become Infinity. */
const LARGEST: Partial<Record<Datatype, number>> = { FP16: 65504, BF16: 3.3895313892515355e38, FP32: 3.4028234663852886e38 }

type Reader = (value: unknown) => number | bigint | undefined

/** What an element becomes, or undefined when it is no value of the datatype. */
function readerOf(datatype: NumericDatatype): Reader {
  const range = INTEGERS[datatype]
  if (range !== undefined) return datatype === 'INT64' || datatype === 'UINT64' ? wideInteger(range) : narrowInteger(range)
  if (datatype === 'BOOL') return (value) => (value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined)
  const largest = LARGEST[datatype]
  if (largest === undefined) return (value) => (typeof value === 'number' ? value : undefined)
  const round = datatype === 'FP32' ? Math.fround : datatype === 'FP16' ? toFloat16 : toBfloat16
  // Values a little past the largest still round down to it; only what rounds to infinity is refused.
  const infinity = round(Number.POSITIVE_INFINITY)
  const negative = round(Number.NEGATIVE_INFINITY)
  return (value) => {
    if (typeof value !== 'number') return undefined
    const rounded = round(value)
    return Math.abs(value) > largest && Number.isFinite(value) && (rounded === infinity || rounded === negative) ? undefined : rounded
  }
}

function narrowInteger(range: readonly [bigint, bigint]): Reader {
  const [least, most] = [Number(range[0]), Number(range[1])]
  return (value) => {
    const number = typeof value === 'bigint' ? Number(value) : value
    return typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most ? number : undefined
  }
}

function wideInteger([least, most]: readonly [bigint, bigint]): Reader {
  return (value) => {
    const wide = typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : undefined
    return wide !== undefined && wide >= least && wide <= most ? wide : undefined
  }
}

function expected(datatype: NumericDatatype): string {
  const range = INTEGERS[datatype]
  if (range === undefined) return datatype === 'BOOL' ? 'true, false, 1 or 0' : `a number up to ±${LARGEST[datatype] ?? Number.MAX_VALUE}`
  const wide = datatype.endsWith('64') ? '; past 2^53-1 as a bigint' : ''
  return `a whole number from ${range[0]} to ${range[1]}${wide}`
}

/** The elements as data of `datatype`; `name` is the input's, for the message about the first that does not fit. */
export function numericData(datatype: NumericDatatype, values: ArrayLike<unknown>, name: string): NumericData {
  const data = createData(datatype, values.length) as { [index: number]: number | bigint }
  const read = readerOf(datatype)
  for (let index = 0; index < values.length; index++) {
    const element = read(values[index])
    if (element === undefined) throw unfit(`element ${index} is ${quoted(values[index])}`, datatype, name)
    data[index] = element
  }
  return data as NumericData
}

function unfit(what: string, datatype: NumericDatatype, name: string): SlipwayError {
  return new SlipwayError('INVALID_ARGUMENT', `input ${quoted(name)}: ${what}, but ${datatype} takes ${expected(datatype)}`)
}

/** A typed array as data of `datatype`: without a copy where its octets already are that (Uint16Array holds raw FP16 and BF16), else element by element. */
export function recastData(datatype: NumericDatatype, array: NumericArray, name: string): NumericData {
  const natural = datatypeOf(array)
  const { buffer, byteOffset, length } = array
  const raw = natural === 'UINT16' && (datatype === 'FP16' || datatype === 'BF16')
  // A fresh view gives clamped octets and half floats the class that tensors have.
  if (natural === datatype || raw) return viewData(datatype, new Uint8Array(buffer, byteOffset, length * ITEM_BYTES[datatype]))
  return numericData(datatype, array, name)
}

const encoder = new TextEncoder()

/** Strings as their UTF-8 octets, octets as they are. */
export function bytesData(values: readonly unknown[], name: string): Uint8Array[] {
  return values.map((value, index) => {
    if (typeof value === 'string') return encoder.encode(value)
    if (value instanceof Uint8Array) return value
    throw new SlipwayError(
      'INVALID_ARGUMENT',
      `input ${quoted(name)}: element ${index} is ${quoted(value)}, but BYTES takes strings and Uint8Arrays`,
    )
  })
}
