/** JSON of the plain API, exact both ways: 64-bit integers, NaN and infinities survive, and no name is special. */
import { type JsonValue, parseJson, quoted } from '@slipway/protocol'
import { isNumericArray } from './elements.ts'
import { asSlipwayError, SlipwayError } from './slipway-error.ts'

/** Maps are objects (so that `__proto__` is a name like any other), typed arrays are written as lists, bigints as integers, NaN and infinities as the strings of V2. Throws INVALID_ARGUMENT for what JSON has not. */
export function writePlain(value: unknown): string {
  try {
    return write(value)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new SlipwayError('INVALID_ARGUMENT', 'the inputs are nested too deep, or hold themselves', { cause: error })
  }
}

function write(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : `"${value}"`
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (isNumericArray(value)) return `[${Array.from<number | bigint, string>(value, write).join(',')}]`
  if (value instanceof Map) return `{${[...value].map(([name, item]) => `${JSON.stringify(name)}:${write(item)}`).join(',')}}`
  if (typeof value === 'object' && value !== null && !(value instanceof Blob) && !(value instanceof ArrayBuffer))
    return `{${Object.entries(value)
      .map(([name, item]) => `${JSON.stringify(name)}:${write(item)}`)
      .join(',')}}`
  throw new SlipwayError('INVALID_ARGUMENT', `${quoted(value)} is no plain value; give numbers, strings, booleans and lists of them`)
}

/** Integers past 2^53-1 come as bigint, objects without a prototype. Throws INTERNAL when the body is no JSON. */
export function readPlain(body: Uint8Array): unknown {
  try {
    return plain(parseJson(body))
  } catch (error) {
    const failure = asSlipwayError(error)
    if (!SlipwayError.is(failure)) throw failure
    throw new SlipwayError('INTERNAL', `the answer is no JSON: ${failure.message}; is a Slipway server there?`, { cause: error })
  }
}

function plain(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  const object = Object.create(null)
  for (const [name, item] of value) object[name] = plain(item)
  return object
}
