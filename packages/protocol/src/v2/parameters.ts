/** V2's `parameters`: names to strings, numbers and booleans. */
import { quoted, ServeError } from '../errors.ts'
import type { Parameters, ParameterValue } from '../infer.ts'
import { type JsonCursor, OPEN_OBJECT } from '../json/cursor.ts'
import type { JsonWriter } from '../json/writer.ts'
import { KeysSeen, readValue } from '../json.ts'

/** Reads an object of parameters; `owner` names whose they are, for messages. A parameter that is null counts as absent. */
export function readParameters(cursor: JsonCursor, owner: () => string): Map<string, ParameterValue> {
  const parameters = new Map<string, ParameterValue>()
  if (cursor.next() !== OPEN_OBJECT)
    throw new ServeError('INVALID_ARGUMENT', `${owner()}: "parameters" must be an object, found ${cursor.excerpt()}`)
  if (!cursor.open(OPEN_OBJECT)) return parameters
  const keys = new KeysSeen()
  do {
    const key = keys.read(cursor)
    const value = readValue(cursor)
    if (value === null) continue
    if (typeof value === 'object')
      throw new ServeError('INVALID_ARGUMENT', `${owner()}: parameter ${quoted(key)} must be a string, a number or a boolean`)
    parameters.set(key, value)
  } while (cursor.more(OPEN_OBJECT))
  return parameters
}

/** A parameter that must be a boolean where it is given. */
export function flag(parameters: Parameters | undefined, name: string, owner: () => string): boolean | undefined {
  const value = parameters?.get(name)
  if (value === undefined || typeof value === 'boolean') return value
  throw new ServeError('INVALID_ARGUMENT', `${owner()}: parameter "${name}" must be true or false, got ${quoted(value)}`)
}

/** Parameters without those that only say how tensors travel; undefined when none is left. */
export function without(parameters: Map<string, ParameterValue> | undefined, name: string): Parameters | undefined {
  parameters?.delete(name)
  return parameters === undefined || parameters.size === 0 ? undefined : parameters
}

/** Writes `,"parameters":{…}`, or nothing when there are none. */
export function writeParameters(writer: JsonWriter, parameters: Parameters): void {
  if (parameters.size === 0) return
  writer.ascii(',"parameters":{')
  let first = true
  for (const [name, value] of parameters) {
    if (!first) writer.ascii(',')
    first = false
    writer.string(name)
    writer.ascii(':')
    writeParameter(writer, value)
  }
  writer.ascii('}')
}

function writeParameter(writer: JsonWriter, value: ParameterValue): void {
  if (typeof value === 'string' || (typeof value === 'number' && !Number.isFinite(value))) {
    writer.string(String(value))
    return
  }
  const text = typeof value === 'number' && Object.is(value, -0) ? '-0' : String(value)
  writer.ascii(text)
}
