/** A tensor's elements as JSON, flat or nested by its shape. NaN and the infinities are strings, or bare tokens where asked; never null. */
import { fromBfloat16, fromFloat16 } from '../float16.ts'
import type { BytesData, Tensor } from '../tensor.ts'
import { halfText, MAX_NUMBER_LENGTH, putAscii, putDouble, putInteger, putSingle } from './shortest.ts'
import { isUtf8 } from './utf8.ts'
import type { JsonWriter } from './writer.ts'

const COMMA = 0x2c
const OPEN = 0x5b
const CLOSE = 0x5d

export type BytesEncoding = 'text' | 'base64'

/** How BYTES can be written in JSON: as text when every element is well-formed UTF-8. Numbers do not care. */
export function bytesEncoding(tensor: Tensor): BytesEncoding {
  if (tensor.datatype === 'BYTES') for (const element of tensor.data) if (!isUtf8(element)) return 'base64'
  return 'text'
}

/** How elements are written that JSON has no form for. */
export interface ElementStyle {
  /** BYTES: `object` is `{"b64": "…"}` for each element. */
  readonly bytesAs: BytesEncoding | 'object'
  /** True: the bare tokens NaN, Infinity and -Infinity, which are no JSON but which some readers take; else strings. */
  readonly bareNonFinite?: boolean | undefined
}

/** One array of all elements, row-major. */
export function writeFlat(writer: JsonWriter, tensor: Tensor, style: ElementStyle): void {
  writer.reserve(2)
  writer.put(OPEN)
  writeRun(writer, { tensor, from: 0, to: tensor.data.length, style })
  writer.put(CLOSE)
}

/** Arrays inside arrays, one level for each dimension; a scalar is its bare element. */
export function writeNested(writer: JsonWriter, tensor: Tensor, style: ElementStyle): void {
  const { shape } = tensor
  // An empty dimension ends the nesting: [2, 0, 3] is [[],[]].
  const inner = shape.indexOf(0) === -1 ? shape.length - 1 : shape.indexOf(0)
  let next = 0
  const level = (axis: number): void => {
    writer.reserve(2)
    writer.put(OPEN)
    const size = shape[axis] as number
    if (axis >= inner) {
      writeRun(writer, { tensor, from: next, to: next + size, style })
      next += size
    } else
      for (let index = 0; index < size; index++) {
        if (index > 0) writer.put(COMMA)
        level(axis + 1)
      }
    writer.reserve(2)
    writer.put(CLOSE)
  }
  if (shape.length === 0) writeRun(writer, { tensor, from: 0, to: 1, style })
  else level(0)
}

interface Run {
  readonly tensor: Tensor
  readonly from: number
  readonly to: number
  readonly style: ElementStyle
}

const nonFiniteText = (value: number, { style }: Run) => (style.bareNonFinite === true ? String(value) : `"${value}"`)

/** Elements `from` to `to`, with commas between; leaves room for one more octet. */
function writeRun(writer: JsonWriter, run: Run): void {
  const { tensor, from, to } = run
  if (from === to) return
  if (tensor.datatype === 'BYTES') writeBytes(writer, tensor.data, run)
  else if (tensor.datatype === 'FP32') writeSingles(writer, tensor.data, run)
  else if (tensor.datatype === 'INT64' || tensor.datatype === 'UINT64') writeLongs(writer, tensor.data, run)
  else writeOthers(writer, tensor, run)
  writer.reserve(1)
}

function writeSingles(writer: JsonWriter, data: Float32Array, run: Run): void {
  for (let index = run.from; index < run.to; index++) {
    if (writer.at + MAX_NUMBER_LENGTH > writer.bytes.byteLength) writer.reserve(MAX_NUMBER_LENGTH)
    const { bytes } = writer
    let at = writer.at
    if (index > run.from) bytes[at++] = COMMA
    const value = data[index] as number
    // The difference is 0 for every finite value and NaN for all others.
    writer.at = value - value === 0 ? putSingle(bytes, at, value) : putAscii(bytes, at, nonFiniteText(value, run))
  }
}

function writeLongs(writer: JsonWriter, data: BigInt64Array | BigUint64Array, run: Run): void {
  // Two words of 32 bits give a safe integer without making a bigint.
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length * 2)
  const signed = data instanceof BigInt64Array
  for (let index = run.from; index < run.to; index++) {
    writer.reserve(MAX_NUMBER_LENGTH)
    if (index > run.from) writer.put(COMMA)
    const high = words[2 * index + 1] as number
    const value = (signed ? high | 0 : high) * 2 ** 32 + (words[2 * index] as number)
    writer.at = Number.isSafeInteger(value)
      ? putInteger(writer.bytes, writer.at, value)
      : putAscii(writer.bytes, writer.at, String(data[index]))
  }
}

function writeBytes(writer: JsonWriter, data: BytesData, run: Run): void {
  for (let index = run.from; index < run.to; index++) {
    const element = data[index] as Uint8Array
    if (index > run.from) {
      writer.reserve(1)
      writer.put(COMMA)
    }
    if (run.style.bytesAs === 'text') writer.octets(element)
    else if (run.style.bytesAs === 'base64') writer.base64(element)
    else {
      writer.ascii('{"b64":')
      writer.base64(element)
      writer.ascii('}')
    }
  }
}

type Other = Exclude<Tensor, { readonly datatype: 'BYTES' | 'FP32' | 'INT64' | 'UINT64' }>

function writeOthers(writer: JsonWriter, tensor: Other, run: Run): void {
  const { datatype, data } = tensor
  for (let index = run.from; index < run.to; index++) {
    writer.reserve(MAX_NUMBER_LENGTH)
    if (index > run.from) writer.put(COMMA)
    const value = data[index] as number
    if (datatype === 'BOOL') writer.at = putAscii(writer.bytes, writer.at, value === 0 ? 'false' : 'true')
    else if (datatype === 'FP64')
      writer.at =
        value - value === 0 ? putDouble(writer.bytes, writer.at, value) : putAscii(writer.bytes, writer.at, nonFiniteText(value, run))
    else if (datatype === 'FP16' || datatype === 'BF16') writer.at = putAscii(writer.bytes, writer.at, halfElement(datatype, value, run))
    else writer.at = putInteger(writer.bytes, writer.at, value)
  }
}

function halfElement(datatype: 'FP16' | 'BF16', half: number, run: Run): string {
  const value = datatype === 'FP16' ? fromFloat16(half) : fromBfloat16(half)
  return Number.isFinite(value) ? halfText(datatype, half) : nonFiniteText(value, run)
}
