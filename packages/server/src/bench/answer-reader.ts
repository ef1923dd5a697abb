/** Reads HTTP/1.1 answers of one connection as far as a load test needs: the status, one header, and where the body ends (RFC 9112 §6). */

const HEAD_END = Buffer.from('\r\n\r\n')
const LINE_END = Buffer.from('\r\n')

export interface ReadAnswer {
  readonly status: number
  /** The header block with its status line, latin1. */
  readonly head: string
  /** The octets of the body, chunk framing taken off. */
  readonly body: Buffer
  readonly keepAlive: boolean
}

interface Head {
  readonly status: number
  readonly text: string
  readonly start: number
  /** Octets of the body; undefined for one in chunks, or one that ends with the connection. */
  readonly length: number | undefined
  readonly chunked: boolean
}

export class AnswerReader {
  readonly #onAnswer: (answer: ReadAnswer) => void
  #pending: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []
  #size = 0
  /** No use in looking before so many octets are there. */
  #needed = 0

  constructor(onAnswer: (answer: ReadAnswer) => void) {
    this.#onAnswer = onAnswer
  }

  /** Takes what came from the socket; answers why it cannot be read, if so. */
  take(chunk: Buffer): string | undefined {
    this.#parts.push(chunk)
    this.#size += chunk.byteLength
    if (this.#size < this.#needed) return undefined
    this.#pending = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts, this.#size)
    try {
      while (this.#pending.byteLength > 0 && this.#next()) this.#needed = 0
    } catch (error) {
      return (error as Error).message
    }
    this.#parts = this.#pending.byteLength === 0 ? [] : [this.#pending]
    this.#size = this.#pending.byteLength
    return undefined
  }

  /** Hands out one whole answer, if it is there. */
  #next(): boolean {
    const headEnd = this.#pending.indexOf(HEAD_END)
    if (headEnd < 0) return false
    const head = headOf(this.#pending.toString('latin1', 0, headEnd), headEnd + HEAD_END.length)
    if (head.length !== undefined) return this.#finish(head, head.start + head.length, (end) => this.#pending.subarray(head.start, end))
    if (!head.chunked) throw new Error('an answer that does not say how long it is')
    const chunks = this.#chunks(head.start)
    return chunks !== undefined && this.#finish(head, chunks.end, () => Buffer.concat(chunks.parts))
  }

  #finish(head: Head, end: number, body: (end: number) => Buffer): boolean {
    if (this.#pending.byteLength < end) {
      this.#needed = end
      return false
    }
    const answer = { status: head.status, head: head.text, body: body(end), keepAlive: !/\r\nconnection: *close/i.test(head.text) }
    this.#pending = this.#pending.subarray(end)
    if (head.status >= 200) this.#onAnswer(answer)
    return true
  }

  #chunks(start: number): { readonly parts: readonly Buffer[]; readonly end: number } | undefined {
    const parts: Buffer[] = []
    let at = start
    for (;;) {
      const lineEnd = this.#pending.indexOf(LINE_END, at)
      if (lineEnd < 0) return undefined
      const size = Number.parseInt(this.#pending.toString('latin1', at, lineEnd), 16)
      if (!(size >= 0)) throw new Error('a chunk that does not say how long it is')
      at = lineEnd + LINE_END.length
      if (this.#pending.byteLength < at + size + LINE_END.length) return undefined
      if (size === 0) return { parts, end: at + LINE_END.length }
      parts.push(this.#pending.subarray(at, at + size))
      at += size + LINE_END.length
    }
  }
}

function headOf(text: string, start: number): Head {
  const status = Number(text.slice(9, 12))
  if (!text.startsWith('HTTP/1.') || !(status >= 100)) throw new Error(`no answer of HTTP: ${JSON.stringify(text.slice(0, 60))}`)
  const chunked = /\r\ntransfer-encoding: *chunked/i.test(text)
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  const empty = status < 200 || status === 204 || status === 304
  return { status, text, start, chunked, length: empty ? 0 : chunked || length === undefined ? undefined : Number(length) }
}
