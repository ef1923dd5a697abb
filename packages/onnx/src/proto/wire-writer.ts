/** Writes protobuf fields. Each function gives the bytes of one whole field, tag included; messages are made by joining fields. */
import { FIXED32, LENGTH, VARINT } from './wire-reader.ts'

const encoder = new TextEncoder()

/** `value` as a varint: whole numbers from 0 to 2^53-1, and negative ones in the ten octets of a 64-bit number. */
function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    bytes.push(rest === 0n ? low : low | 0x80)
  } while (rest !== 0n)
  return Uint8Array.from(bytes)
}

export function integerField(number: number, value: number | bigint): Uint8Array {
  return join([varint((number << 3) | VARINT), varint(value)])
}

/** A field of four octets: a FLOAT. */
export function fixed32Field(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return join([varint((number << 3) | FIXED32), bytes])
}

/** A message of these fields, octets or text. */
export function field(number: number, contents: string | Uint8Array | readonly Uint8Array[]): Uint8Array {
  const bytes = typeof contents === 'string' ? encoder.encode(contents) : contents instanceof Uint8Array ? contents : join(contents)
  return join([lengthHeader(number, bytes.byteLength), bytes])
}

/** What stands before the contents of a field of `length` octets. */
export function lengthHeader(number: number, length: number): Uint8Array {
  return join([varint((number << 3) | LENGTH), varint(length)])
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.byteLength
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.byteLength
  }
  return joined
}
