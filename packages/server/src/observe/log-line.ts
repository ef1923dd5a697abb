/** How one log record becomes one line: control characters escaped, secrets struck out, errors told without their private fields. */
export type Fields = Readonly<Record<string, unknown>>

export interface LogRecord {
  /** ISO 8601. */
  readonly time: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly sentence: string
  readonly fields: Fields
}

const MAX_TEXT = 4096
const MAX_DEPTH = 5
const MAX_ITEMS = 100
const SECRET = /^(authorization|cookie|set-cookie|password|passwd|secret|token|api[-_]?key|x-api-key|private[-_]?key|credentials?)$/i
const CREDENTIALS = /\/\/[^/\s@]+@/g
/** C0, DEL, C1 (0x9b starts a terminal sequence), line separators and the marks that turn text around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g
const COLORS = { debug: '\u001b[2m', info: '\u001b[36m', warn: '\u001b[33m', error: '\u001b[31m' } as const
const RESET = '\u001b[0m'
const DIM = '\u001b[2m'

const escapeOne = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** The text with every character that could start a new line or steer a terminal written as \uXXXX. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, escapeOne)
}

/** `{"time":…,"level":…,"msg":…,fields…}` and a newline. A field never replaces time, level or msg: it gets a trailing underscore. */
export function jsonLine(record: LogRecord): string {
  const line: Record<string, unknown> = { time: record.time, level: record.level, msg: cut(record.sentence) }
  for (const [name, value] of Object.entries(record.fields)) {
    if (value === undefined) continue
    line[name === 'time' || name === 'level' || name === 'msg' || name === '__proto__' ? `${name}_` : name] = plain(name, value, 0)
  }
  return `${escapeControls(JSON.stringify(line))}\n`
}

/** `12:30:01.250 info  sentence  model=digits version=2` and a newline. */
export function textLine(record: LogRecord, options: { readonly color: boolean }): string {
  const paint = (code: string, text: string) => (options.color ? `${code}${text}${RESET}` : text)
  const fields: string[] = []
  for (const [name, value] of Object.entries(record.fields)) {
    if (value !== undefined) fields.push(`${escapeControls(name)}=${valueText(plain(name, value, 0))}`)
  }
  const head = `${paint(DIM, record.time.slice(11, 23))} ${paint(COLORS[record.level], record.level.padEnd(5))}`
  const tail = fields.length === 0 ? '' : `  ${paint(DIM, fields.join(' '))}`
  return `${head} ${escapeControls(cut(record.sentence))}${tail}\n`
}

function valueText(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=\\]+$/.test(value)) return escapeControls(value)
  return escapeControls(JSON.stringify(value))
}

/** What JSON can hold of a value: bounded in depth, breadth and length, without secrets. */
function plain(name: string, value: unknown, depth: number): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (SECRET.test(name)) return '[redacted]'
  if (typeof value === 'string') return cut(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return plainError(value, depth)
  if (typeof value !== 'object') return `[${typeof value}]`
  if (depth >= MAX_DEPTH) return '[…]'
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  return plainObject(value, depth)
}

function plainObject(value: object, depth: number): unknown {
  try {
    if (value instanceof Date) return value.toISOString()
    if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => plain('', item, depth + 1))
    const entries = value instanceof Map ? [...value].slice(0, MAX_ITEMS) : Object.entries(value).slice(0, MAX_ITEMS)
    return Object.fromEntries(entries.map(([key, item]) => [String(key), plain(String(key), item, depth + 1)]))
  } catch {
    // A getter that throws must not take the line with it.
    return '[unreadable]'
  }
}

/** Name, message, code, stack and cause only: other fields of an error often hold a request with its headers. */
function plainError(error: Error, depth: number): unknown {
  const code = (error as { code?: unknown }).code
  return {
    name: cut(error.name),
    message: cut(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: cut(error.stack) }),
    ...(error.cause === undefined || depth >= MAX_DEPTH ? {} : { cause: plain('cause', error.cause, depth + 1) }),
  }
}

function cut(text: string): string {
  const clean = text.includes('//') ? text.replace(CREDENTIALS, '//[redacted]@') : text
  return clean.length <= MAX_TEXT ? clean : `${clean.slice(0, MAX_TEXT)}… (${clean.length} characters)`
}
