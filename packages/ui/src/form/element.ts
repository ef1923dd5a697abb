/** One element of a tensor as a person types it. */
import type { Datatype } from '@slipway/client'

export type Parsed = { readonly value: unknown } | { readonly problem: string }

const INTEGER_BITS: Partial<Record<Datatype, number>> = {
  INT8: 8,
  INT16: 16,
  INT32: 32,
  INT64: 64,
  UINT8: 8,
  UINT16: 16,
  UINT32: 32,
  UINT64: 64,
}
const TRUE = new Set(['true', '1', 'yes'])
const FALSE = new Set(['false', '0', 'no'])

/** Text to an element of `datatype`; integers are bigints so that none is rounded. */
export function parseElement(datatype: Datatype, typed: string): Parsed {
  if (datatype === 'BYTES') return { value: typed }
  const text = typed.trim()
  if (text === '') return { problem: 'a value is missing' }
  if (datatype === 'BOOL') return parseBool(text)
  const bits = INTEGER_BITS[datatype]
  return bits === undefined ? parseFloating(text) : parseInteger(text, bits, datatype)
}

function parseBool(text: string): Parsed {
  const word = text.toLowerCase()
  if (TRUE.has(word)) return { value: true }
  return FALSE.has(word) ? { value: false } : { problem: `“${cut(text)}” is neither true nor false` }
}

function parseInteger(text: string, bits: number, datatype: Datatype): Parsed {
  if (!/^[+-]?\d+(\.0*)?$/.test(text)) return { problem: `“${cut(text)}” is no whole number` }
  const value = BigInt(text.replace(/\.0*$/, '').replace(/^\+/, ''))
  const fits = datatype.startsWith('U') ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value)
  return fits === value ? { value } : { problem: `${cut(text)} does not fit ${datatype}` }
}

function parseFloating(text: string): Parsed {
  const word = text.replace(/^\+/, '').toLowerCase()
  if (word === 'nan') return { value: Number.NaN }
  if (/^-?inf(inity)?$/.test(word)) return { value: word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY }
  // A comma is a decimal point in much of the world; a table's delimiter has been cut before.
  const value = Number(/^-?\d+,\d+$/.test(word) ? word.replace(',', '.') : word)
  return Number.isNaN(value) ? { problem: `“${cut(text)}” is no number` } : { value }
}

const cut = (text: string): string => (text.length > 24 ? `${text.slice(0, 24)}…` : text)
