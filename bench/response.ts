/** Reads HTTP/1.1 answers of one connection, only as far as a benchmark needs: a status, a Content-Length, a body. */
const HEAD_END = Buffer.from('\r\n\r\n')

export class ResponseReader {
  readonly #onAnswer: (status: number, body: Buffer) => void
  #pending: Buffer = Buffer.alloc(0)
  /** Octets needed before the pending answer is whole; 0 when its head is not read yet. */
  #needed = 0

  constructor(onAnswer: (status: number, body: Buffer) => void) {
    this.#onAnswer = onAnswer
  }

  /** Takes what came from the socket; answers why it cannot be read, if so. */
  take(chunk: Buffer): string | undefined {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    while (this.#pending.length > 0 && this.#pending.length >= this.#needed) {
      const headEnd = this.#pending.indexOf(HEAD_END)
      if (headEnd < 0) return undefined
      const head = this.#pending.toString('latin1', 0, headEnd)
      const length = head.match(/\r\ncontent-length: *(\d+)/i)?.[1]
      if (length === undefined) return `an answer without Content-Length: ${head.slice(0, 80)}`
      const bodyStart = headEnd + HEAD_END.length
      this.#needed = bodyStart + Number(length)
      if (this.#pending.length < this.#needed) return undefined
      const body = this.#pending.subarray(bodyStart, this.#needed)
      this.#pending = this.#pending.subarray(this.#needed)
      this.#needed = 0
      this.#onAnswer(Number(head.slice(9, 12)), body)
    }
    return undefined
  }
}
