/** The way back from a parsed JSON value to its text. */
import type { JsonValue } from './json.ts'

/** Compact JSON that `parseJson` reads back to the same value: integers of any size, -0 and the order of members survive. NaN and infinities are their names as strings. */
export function jsonText(value: JsonValue): string {
  if (typeof value === 'number') return Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : `"${value}"`
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (value instanceof Map)
    return `{${Array.from(value as ReadonlyMap<string, JsonValue>, ([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`).join(',')}}`
  return JSON.stringify(value)
}
