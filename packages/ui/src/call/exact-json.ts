/** JSON that keeps 64-bit integers: bigints are written as digits, and integers that a number would round are read as bigints. */

/** JSON text that is passed on as it was typed, but for blanks between its tokens. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
  }
}

/** One line of JSON. Maps are objects (so that `__proto__` is a name like any other); NaN and the infinities are written as strings. */
export function writeJson(value: unknown): string {
  if (value instanceof RawJson) return value.text
  if (value instanceof Map) return `{${[...value].map(([name, item]) => `${JSON.stringify(name)}:${writeJson(item)}`).join(',')}}`
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return writeNumber(value)
  if (typeof value === 'object' && value !== null) return writeJson(new Map(Object.entries(value)))
  return JSON.stringify(value) ?? 'null'
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return JSON.stringify(String(value))
  return Object.is(value, -0) ? '-0' : String(value)
}

/** JSON for people: what fits stays on one line of `width` characters, the rest is broken and indented. */
export function formatJson(value: unknown, width = 88, indent = 0): string {
  const line = writeJson(value)
  if (line.length + indent <= width) return loosen(value, line)
  const pad = ' '.repeat(indent + 2)
  const end = `\n${' '.repeat(indent)}`
  if (Array.isArray(value)) return `[\n${value.map((item) => pad + formatJson(item, width, indent + 2)).join(',\n')}${end}]`
  if (value instanceof RawJson || typeof value !== 'object' || value === null) return line
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return `{\n${entries.map(([name, item]) => `${pad}${JSON.stringify(name)}: ${formatJson(item, width, indent + 2)}`).join(',\n')}${end}}`
}

/** The same line with a blank after commas and colons, which is how people write it. */
function loosen(value: unknown, line: string): string {
  if (value instanceof RawJson || typeof value !== 'object' || value === null) return line
  if (Array.isArray(value)) return `[${value.map((item) => loosen(item, writeJson(item))).join(', ')}]`
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  if (entries.length === 0) return '{}'
  return `{ ${entries.map(([name, item]) => `${JSON.stringify(name)}: ${loosen(item, writeJson(item))}`).join(', ')} }`
}

type Revive = (this: unknown, key: string, value: unknown, context?: { readonly source?: string }) => unknown

/** Reads JSON; integers past 2^53-1 become bigints where the browser tells their digits. Throws SyntaxError. */
export function readJson(text: string): unknown {
  const revive: Revive = (_key, value, context) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
    const digits = context?.source
    return digits !== undefined && /^-?\d+$/.test(digits) ? BigInt(digits) : value
  }
  return JSON.parse(text, revive)
}
