/** A place in JSON text held as UTF-8 octets: the grammar's small steps, and the errors that name the place (RFC 8259). */
import { quoted, ServeError } from '../errors.ts'

export const QUOTE = 0x22
export const COMMA = 0x2c
export const MINUS = 0x2d
const COLON = 0x3a
export const OPEN_ARRAY = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_ARRAY = 0x5d
export const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
export const ZERO = 0x30
export const NINE = 0x39

const DEFAULT_MAX_DEPTH = 100

export interface CursorOptions {
  /** Objects and arrays inside one another; 100 when absent. */
  readonly maxDepth?: number | undefined
  /** Accept the bare tokens NaN, Infinity and -Infinity. */
  readonly nonFinite?: boolean | undefined
}

export class JsonCursor {
  readonly bytes: Uint8Array
  readonly end: number
  readonly maxDepth: number
  readonly nonFinite: boolean
  at = 0
  depth = 0
  /** Whether the number read last had neither fraction nor exponent. */
  plain = true
  #view: DataView | undefined

  constructor(bytes: Uint8Array, options: CursorOptions = {}) {
    // A Buffer becomes a plain Uint8Array: one shape for the compiler, and `slice` copies as it should.
    this.bytes = bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.end = bytes.byteLength
    this.maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH
    this.nonFinite = options.nonFinite ?? false
  }

  /** The same octets, for reading several at once. */
  get view(): DataView {
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.end)
    return this.#view
  }

  /** Skips white space; the octet there, or 0 at the end. */
  next(): number {
    const { bytes, end } = this
    let at = this.at
    while (at < end) {
      const code = bytes[at] as number
      if (code > 0x20 || (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09)) {
        this.at = at
        return code
      }
      at++
    }
    this.at = at
    return 0
  }

  /** Steps into an array or object, whose bracket the cursor must be on; false when it is empty, and then it is already behind it. */
  open(bracket: typeof OPEN_ARRAY | typeof OPEN_OBJECT): boolean {
    if (this.next() !== bracket) this.unexpected(bracket === OPEN_ARRAY ? 'an array' : 'an object')
    this.enter()
    if (this.next() !== bracket + 2) return true
    this.leave()
    return false
  }

  /** Behind an element or member: true when a comma says that another follows, false when the bracket closes, and then it is behind it. */
  more(bracket: typeof OPEN_ARRAY | typeof OPEN_OBJECT): boolean {
    const code = this.next()
    if (code === COMMA) {
      this.at++
      if (this.next() === bracket + 2) this.fail('a comma with nothing after it; remove it')
      return true
    }
    if (code !== bracket + 2) this.unexpected(bracket === OPEN_ARRAY ? '"," or "]"' : '"," or "}"')
    this.leave()
    return false
  }

  /** Over the opening bracket that the cursor is on. */
  enter(): void {
    if (++this.depth > this.maxDepth) this.fail(`arrays and objects nested more than ${this.maxDepth} deep`)
    this.at++
  }

  /** Over the closing bracket that the cursor is on. */
  leave(): void {
    this.depth--
    this.at++
  }

  /** Over the colon after a key; the cursor is then on the value. */
  colon(): void {
    if (this.next() !== COLON) this.unexpected('":" after the key')
    this.at++
    this.next()
  }

  /** Over a word such as `true`, all of it or an error. */
  word(word: string): void {
    for (let index = 0; index < word.length; index++)
      if (this.bytes[this.at + index] !== word.charCodeAt(index)) this.unexpected(`"${word}"`)
    this.at += word.length
  }

  /** Throws unless only white space is left. */
  finish(): void {
    this.next()
    if (this.at < this.end) this.fail(`text after the end of the JSON value: ${this.excerpt()}`)
  }

  /** Up to 40 octets from the cursor (or `from`) to the next delimiter, quoted for a message. */
  excerpt(from = this.at): string {
    let to = from
    while (to < this.end && to < from + 40 && !isDelimiter(this.bytes[to] as number)) to++
    return quoted(new TextDecoder().decode(this.bytes.subarray(from, Math.max(to, Math.min(from + 1, this.end)))))
  }

  unexpected(expected: string): never {
    if (this.at >= this.end) this.fail(`the text ends where ${expected} should be; was it cut off?`)
    this.fail(`expected ${expected}, found ${this.excerpt()}${hint(this.bytes, this.at)}`)
  }

  fail(problem: string, at = this.at): never {
    throw new ServeError('INVALID_ARGUMENT', `the body is not valid JSON at byte ${at}: ${problem}`)
  }
}

function isDelimiter(code: number): boolean {
  return code <= 0x20 || code === COMMA || code === COLON || code === CLOSE_ARRAY || code === CLOSE_OBJECT
}

/** What people most often mean by the text there. */
function hint(bytes: Uint8Array, at: number): string {
  const text = new TextDecoder('latin1').decode(bytes.subarray(at, at + 9))
  if (/^-?(NaN|Inf)/i.test(text)) return '; write "NaN", "Infinity" or "-Infinity" as strings'
  if (text.startsWith('\xef\xbb\xbf')) return ': a byte order mark; send UTF-8 without one'
  if (/^(True|False|None)/.test(text)) return '; JSON writes true, false and null in lower case'
  if (text.startsWith("'")) return '; JSON strings take double quotes'
  if (text.startsWith('/')) return '; JSON has no comments'
  if (/^[+.]/.test(text)) return '; a JSON number starts with a digit or "-"'
  return ''
}
