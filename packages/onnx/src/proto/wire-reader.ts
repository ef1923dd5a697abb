/** Reads the fields of one protobuf message in place. Every length is checked against the message's end before it is believed. */
import { damaged } from '../refusal.ts'
import type { Segment, Segments } from './segments.ts'

/** Where a field lies in the file: its tag, its contents, its end. */
export interface Span {
  readonly start: number
  readonly value: number
  readonly end: number
}

/** Wire types of protobuf; 3 and 4 are groups, which no ONNX file has. */
export const VARINT = 0
export const FIXED64 = 1
export const LENGTH = 2
export const FIXED32 = 5

const decoder = new TextDecoder('utf-8', { fatal: true })
const SHORT_TEXT = 40

/** `while (reader.next()) switch (reader.number) …`; the accessors speak of the field that `next` stopped at. */
export class WireReader {
  readonly end: number
  number = 0
  wire = 0
  start = 0
  value = 0
  #position: number
  readonly #segments: Segments
  #segment: Segment
  #low = 0
  #high = 0

  /** Offsets are those of the file. */
  constructor(segments: Segments, from: number, end: number) {
    this.#segments = segments
    this.#segment = segments.segmentAt(from)
    this.#position = from
    this.end = end
  }

  /** Where the next field starts, which is where this one ends. */
  get position(): number {
    return this.#position
  }

  get span(): Span {
    return { start: this.start, value: this.value, end: this.#position }
  }

  /** Octets of a length-delimited field. */
  get length(): number {
    return this.#position - this.value
  }

  /** Steps to the next field; false at the message's end. */
  next(): boolean {
    if (this.#position >= this.end) return false
    this.start = this.#position
    this.#varint()
    const tag = this.#low
    if (this.#high !== 0 || tag >>> 3 === 0) throw damaged(this.start, 'a field without a valid number')
    this.number = tag >>> 3
    this.wire = tag & 7
    this.value = this.#position
    if (this.wire === VARINT) this.#varint()
    else if (this.wire === FIXED64) this.#skip(8)
    else if (this.wire === FIXED32) this.#skip(4)
    else if (this.wire === LENGTH) this.#skipDelimited()
    else throw damaged(this.start, `wire type ${this.wire}, which ONNX does not use,`)
    return true
  }

  /** The field as a number of 64 bits, signed. */
  int64(): bigint {
    this.#expect(VARINT)
    return BigInt.asIntN(64, (BigInt(this.#high) << 32n) | BigInt(this.#low))
  }

  /** The field as a whole number that JavaScript counts exactly. */
  integer(): number {
    this.#expect(VARINT)
    const high = this.#high | 0
    if (high > 0x1fffff || high < -0x200000) throw damaged(this.start, `the number ${this.int64()}, which is out of range,`)
    return high * 2 ** 32 + this.#low
  }

  text(): string {
    const bytes = this.bytes()
    if (bytes.byteLength <= SHORT_TEXT) {
      const ascii = asciiText(bytes)
      if (ascii !== undefined) return ascii
    }
    try {
      return decoder.decode(bytes)
    } catch {
      throw damaged(this.start, 'text that is no UTF-8')
    }
  }

  /** The field's octets, a view. */
  bytes(): Uint8Array {
    this.#expect(LENGTH)
    if (this.length === 0) return new Uint8Array()
    const segment = this.#segments.segmentAt(this.value)
    const from = this.value - segment.start
    if (from + this.length > segment.bytes.byteLength) throw damaged(this.start, 'more data than a name or a number may have')
    return segment.bytes.subarray(from, from + this.length)
  }

  /** A reader of the message in this field. */
  message(): WireReader {
    this.#expect(LENGTH)
    return new WireReader(this.#segments, this.value, this.#position)
  }

  /** A reader of the packed varints in this field, to be stepped with `nextPacked`. */
  packed(): WireReader {
    return this.message()
  }

  /** Steps to the next bare varint; `integer` and `int64` then read it. */
  nextPacked(): boolean {
    if (this.#position >= this.end) return false
    this.start = this.value = this.#position
    this.wire = VARINT
    this.#varint()
    return true
  }

  #expect(wire: number): void {
    if (this.wire !== wire) throw damaged(this.start, `field ${this.number} with wire type ${this.wire} instead of ${wire}`)
  }

  #skipDelimited(): void {
    this.#varint()
    this.value = this.#position
    this.#skip(this.#high === 0 ? this.#low : Number.POSITIVE_INFINITY)
  }

  #skip(length: number): void {
    if (length > this.end - this.#position)
      throw damaged(this.start, `field ${this.number}, which ends past the end of what holds it (is the file cut short?),`)
    this.#position += length
  }

  /** Leaves the next varint in #low and #high, each 32 bits unsigned. */
  #varint(): void {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#position >= this.end) throw damaged(this.start, 'a number that is cut short')
      const byte = this.#byte(this.#position++)
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (shift - 32)
      if (byte < 0x80) {
        if (shift === 63 && byte > 1) break
        this.#low = low >>> 0
        this.#high = high >>> 0
        return
      }
    }
    throw damaged(this.start, 'a number of more than 64 bits')
  }

  #byte(at: number): number {
    let index = at - this.#segment.start
    if (index < 0 || index >= this.#segment.bytes.byteLength) {
      this.#segment = this.#segments.segmentAt(at)
      index = at - this.#segment.start
    }
    return this.#segment.bytes[index] as number
  }
}

function asciiText(bytes: Uint8Array): string | undefined {
  let text = ''
  for (const byte of bytes) {
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}
