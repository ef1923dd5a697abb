/** JSON text as it is written: octets that grow. */
import { base64Length, putBase64 } from './base64.ts'
import { octetsOf } from './utf8.ts'

const KEPT_BYTES = 64 * 1024
/** The room of the writer before; a writer that outgrew it gives its room away with the text. */
let spare: Uint8Array | undefined = new Uint8Array(KEPT_BYTES)

export class JsonWriter {
  bytes: Uint8Array
  at = 0

  constructor() {
    this.bytes = spare ?? new Uint8Array(KEPT_BYTES)
    spare = undefined
  }

  /** Makes room for `length` more octets. */
  reserve(length: number): void {
    if (this.at + length <= this.bytes.byteLength) return
    const larger = new Uint8Array(Math.max(this.bytes.byteLength * 2, this.at + length))
    larger.set(this.bytes.subarray(0, this.at))
    this.bytes = larger
  }

  /** One octet, for which room was made. */
  put(code: number): void {
    this.bytes[this.at++] = code
  }

  /** Text known to be ASCII, as it is. */
  ascii(text: string): void {
    this.reserve(text.length)
    const { bytes, at } = this
    for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index)
    this.at = at + text.length
  }

  /** Text as a JSON string. */
  string(text: string): void {
    this.reserve(text.length + 2)
    const { bytes } = this
    let at = this.at
    bytes[at++] = 0x22
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) {
        this.octets(octetsOf(text))
        return
      }
      bytes[at++] = code
    }
    bytes[at++] = 0x22
    this.at = at
  }

  /** UTF-8 octets as a JSON string. */
  octets(text: Uint8Array): void {
    this.reserve(text.byteLength * 6 + 2)
    const { bytes } = this
    let at = this.at
    bytes[at++] = 0x22
    for (let index = 0; index < text.byteLength; index++) {
      const code = text[index] as number
      if (code < 0x20) at = putControl(bytes, at, code)
      else {
        if (code === 0x22 || code === 0x5c) bytes[at++] = 0x5c
        bytes[at++] = code
      }
    }
    bytes[at++] = 0x22
    this.at = at
  }

  /** Octets as a JSON string in base64. */
  base64(octets: Uint8Array): void {
    this.reserve(base64Length(octets.byteLength) + 2)
    this.put(0x22)
    this.at = putBase64(this.bytes, this.at, octets)
    this.put(0x22)
  }

  /** All that was written, `tail` octets longer for the caller to fill. The writer is not to be used afterwards. */
  finish(tail = 0): Uint8Array {
    const { bytes, at } = this
    if (bytes.byteLength > KEPT_BYTES && tail === 0) return bytes.subarray(0, at)
    const text = new Uint8Array(at + tail)
    text.set(at === bytes.byteLength ? bytes : bytes.subarray(0, at))
    if (bytes.byteLength === KEPT_BYTES) spare = bytes
    return text
  }
}

const HEX = '0123456789abcdef'

function putControl(bytes: Uint8Array, from: number, code: number): number {
  let at = from
  bytes[at++] = 0x5c
  const short = code === 0x0a ? 0x6e : code === 0x09 ? 0x74 : code === 0x0d ? 0x72 : code === 0x08 ? 0x62 : code === 0x0c ? 0x66 : 0
  if (short !== 0) {
    bytes[at++] = short
    return at
  }
  bytes[at++] = 0x75
  bytes[at++] = 0x30
  bytes[at++] = 0x30
  bytes[at++] = HEX.charCodeAt(code >> 4)
  bytes[at++] = HEX.charCodeAt(code & 15)
  return at
}
