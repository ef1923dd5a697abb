/** A tensor as V2's binary extension has it: little-endian elements behind one another, texts each after their length. */
import type { Datatype } from '@slipway/protocol'

/** A tensor as it is given in JSON. */
export interface GivenTensor {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** Row-major. */
  readonly flat: readonly unknown[]
}

type Put = (view: DataView, at: number, value: number | bigint) => void

const PUTS: Readonly<Record<string, readonly [bytes: number, put: Put]>> = {
  BOOL: [1, (view, at, value) => view.setUint8(at, Number(value))],
  UINT8: [1, (view, at, value) => view.setUint8(at, Number(value))],
  INT8: [1, (view, at, value) => view.setInt8(at, Number(value))],
  UINT16: [2, (view, at, value) => view.setUint16(at, Number(value), true)],
  INT16: [2, (view, at, value) => view.setInt16(at, Number(value), true)],
  UINT32: [4, (view, at, value) => view.setUint32(at, Number(value), true)],
  INT32: [4, (view, at, value) => view.setInt32(at, Number(value), true)],
  UINT64: [8, (view, at, value) => view.setBigUint64(at, BigInt(value), true)],
  INT64: [8, (view, at, value) => view.setBigInt64(at, BigInt(value), true)],
  FP32: [4, (view, at, value) => view.setFloat32(at, Number(value), true)],
  FP64: [8, (view, at, value) => view.setFloat64(at, Number(value), true)],
}

/** Undefined for the half-precision types, which browsers cannot all write. */
export function tensorOctets({ datatype, flat }: GivenTensor): Uint8Array<ArrayBuffer> | undefined {
  if (datatype === 'BYTES') return textOctets(flat)
  const [bytes, put] = PUTS[datatype] ?? []
  if (bytes === undefined || put === undefined) return undefined
  const octets = new Uint8Array(bytes * flat.length)
  const view = new DataView(octets.buffer)
  for (const [index, value] of flat.entries()) put(view, index * bytes, typeof value === 'bigint' ? value : Number(value))
  return octets
}

function textOctets(flat: readonly unknown[]): Uint8Array<ArrayBuffer> {
  const texts = flat.map((text) => new TextEncoder().encode(String(text)))
  const octets = new Uint8Array(texts.reduce((sum, text) => sum + 4 + text.length, 0))
  const view = new DataView(octets.buffer)
  let at = 0
  for (const text of texts) {
    view.setUint32(at, text.length, true)
    octets.set(text, at + 4)
    at += 4 + text.length
  }
  return octets
}
