/** JSON bodies, for the dialects whose rows stand under keys of their own. */
import { type JsonObject, type JsonValue, parseJson, quoted, ServeError } from '@slipway/protocol'
import type { Call } from '../../http/route.ts'
import { checkJsonType } from './rows-body.ts'

/** The body of a call as an object; `example` says what one looks like. */
export function readJsonObject(call: Call, example: string): JsonObject {
  checkJsonType(call)
  const body = parseJson(call.body)
  if (body instanceof Map) return body
  throw new ServeError('INVALID_ARGUMENT', `the body must be a JSON object: send ${example}`)
}

/** Rows under a key. */
export function rowsUnder(key: string, value: JsonValue): readonly JsonValue[] {
  if (Array.isArray(value)) return value
  throw new ServeError('INVALID_ARGUMENT', `${quoted(key)} must be an array with one element for each row`)
}

/** The names of columns under a key. */
export function namesUnder(key: string, value: readonly JsonValue[]): readonly string[] {
  return value.map((name) => {
    // A data frame whose columns nobody named numbers them.
    if (typeof name === 'string' || typeof name === 'number') return String(name)
    throw new ServeError('INVALID_ARGUMENT', `${quoted(key)} must hold the columns' names, as strings`)
  })
}
