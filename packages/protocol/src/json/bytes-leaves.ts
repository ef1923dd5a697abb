/** Elements of BYTES: a string is its UTF-8 octets, or base64 where the tensor or the element says so. */
import { quoted } from '../errors.ts'
import type { TensorData } from '../tensor.ts'
import { decodeBase64 } from './base64.ts'
import { type JsonCursor, OPEN_OBJECT, QUOTE } from './cursor.ts'
import { type Leaves, type LeavesOptions, nextElement, refuseValue } from './leaves.ts'
import { refuseElement } from './ranges.ts'
import { readOctets, readString } from './strings.ts'
import { textOf } from './utf8.ts'

export class BytesLeaves implements Leaves {
  readonly #options: LeavesOptions
  readonly #values: Uint8Array[] = []
  #length = 0

  constructor(options: LeavesOptions) {
    this.#options = options
  }

  run(cursor: JsonCursor): number {
    const from = this.#length
    do {
      const octets = this.#element(cursor, cursor.next())
      if (this.#length < this.#options.capacity) this.#values.push(octets)
      this.#length++
    } while (nextElement(cursor))
    return this.#length - from
  }

  #element(cursor: JsonCursor, code: number): Uint8Array {
    if (code === QUOTE) {
      const octets = readOctets(cursor)
      return this.#options.base64 ? this.#fromBase64(octets) : octets
    }
    if (code !== OPEN_OBJECT) return refuseValue(cursor, { index: this.#length, datatype: 'BYTES', subject: this.#options.subject })
    if (!cursor.open(OPEN_OBJECT)) return this.#refuse('an object without "b64"')
    const key = readString(cursor)
    if (key !== 'b64') return this.#refuse(`an object with the key ${quoted(key)}`)
    cursor.colon()
    if (cursor.next() !== QUOTE) return this.#refuse('an object whose "b64" is no string')
    const octets = this.#fromBase64(readOctets(cursor))
    if (cursor.more(OPEN_OBJECT)) return this.#refuse('an object with more than "b64"')
    return octets
  }

  #fromBase64(text: Uint8Array): Uint8Array {
    return decodeBase64(text) ?? this.#refuse(`${quoted(textOf(text.subarray(0, 40)))}, which is no base64 (RFC 4648 §4)`)
  }

  #refuse(shown: string): never {
    refuseElement(this.#options.subject, { index: this.#length, shown, datatype: 'BYTES' })
  }

  data(count?: number): TensorData {
    return count === undefined ? this.#values : this.#values.slice(0, count)
  }
}
