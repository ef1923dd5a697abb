/**
 * An answer as octets, for a store that others can write to. Little-endian, after a mark of four octets:
 *
 *   digest 32 · key 32 · expires f64 (ms since 1970) · rows u32 · batchRows u32 · outputs u32
 *   each output: name (u32 length, UTF-8) · datatype u8 · rank u8 · dimensions f64 … · elements u32 · data
 *   data: the octets of the elements, or for BYTES each element as u32 length and octets
 *
 * The digest is SHA-256 over all that follows it, the key with it: what was cut, spoiled, or put under another name is
 * told from an answer. The mark changes with the form.
 */
import { hash } from 'node:crypto'
import {
  byteLength,
  bytesOf,
  createData,
  DATATYPES,
  elementCount,
  ITEM_BYTES,
  type NumericDatatype,
  type Tensor,
  tensor,
} from '@slipway/protocol'
import type { Answer } from './answer.ts'

const MARK = Buffer.from('SWA1')
const DIGEST_BYTES = 32
const BODY_AT = MARK.length + DIGEST_BYTES

/** `expires` is in milliseconds since 1970. */
export interface StoredAnswer {
  readonly answer: Answer
  readonly expires: number
}

/** Octets that `encodeAnswer` would make. */
export function encodedLength({ outputs }: Answer): number {
  let bytes = BODY_AT + DIGEST_BYTES + 20
  for (const [name, value] of outputs) bytes += 10 + Buffer.byteLength(name) + value.shape.length * 8 + byteLength(value)
  return bytes
}

export function encodeAnswer(key: string, { answer, expires }: StoredAnswer): Uint8Array {
  const octets = Buffer.alloc(encodedLength(answer))
  MARK.copy(octets)
  let at = BODY_AT + octets.write(key, BODY_AT, 'base64url')
  at = octets.writeDoubleLE(expires, at)
  for (const count of [answer.rows, answer.batchRows, answer.outputs.size]) at = octets.writeUInt32LE(count, at)
  for (const output of answer.outputs) at = writeTensor(octets, at, output)
  hash('sha256', octets.subarray(BODY_AT), 'buffer').copy(octets, MARK.length)
  return octets
}

function writeTensor(octets: Buffer, start: number, [name, value]: readonly [string, Tensor]): number {
  let at = octets.writeUInt32LE(Buffer.byteLength(name), start)
  at += octets.write(name, at)
  at = octets.writeUInt8(DATATYPES.indexOf(value.datatype), at)
  at = octets.writeUInt8(value.shape.length, at)
  for (const size of value.shape) at = octets.writeDoubleLE(size, at)
  at = octets.writeUInt32LE(value.data.length, at)
  if (value.datatype !== 'BYTES') {
    octets.set(bytesOf(value.data), at)
    return at + value.data.byteLength
  }
  for (const element of value.data) {
    at = octets.writeUInt32LE(element.byteLength, at)
    octets.set(element, at)
    at += element.byteLength
  }
  return at
}

/** Undefined for whatever is no answer of this form, unspoiled and under this key. */
export function decodeAnswer(key: string, bytes: Uint8Array): StoredAnswer | undefined {
  const octets = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (octets.length < BODY_AT + DIGEST_BYTES || !octets.subarray(0, MARK.length).equals(MARK)) return undefined
  const body = octets.subarray(BODY_AT)
  if (!hash('sha256', body, 'buffer').equals(octets.subarray(MARK.length, BODY_AT))) return undefined
  if (!body.subarray(0, DIGEST_BYTES).equals(Buffer.from(key, 'base64url'))) return undefined
  try {
    return readAnswer(new Reader(body, DIGEST_BYTES))
  } catch {
    return undefined
  }
}

function readAnswer(reader: Reader): StoredAnswer | undefined {
  const expires = reader.double()
  const [rows, batchRows, count] = [reader.whole(), reader.whole(), reader.whole()]
  const outputs = new Map<string, Tensor>()
  for (let index = 0; index < count; index++) {
    const name = reader.octets(reader.whole()).toString()
    outputs.set(name, readTensor(reader))
  }
  return reader.left === 0 ? { answer: { outputs, rows, batchRows }, expires } : undefined
}

function readTensor(reader: Reader): Tensor {
  const datatype = DATATYPES[reader.octet()]
  const shape = Array.from({ length: reader.octet() }, () => reader.double())
  const length = reader.whole()
  if (datatype === undefined || elementCount(shape) !== length) throw new RangeError('no tensor')
  if (datatype === 'BYTES')
    return tensor(
      datatype,
      shape,
      Array.from({ length }, () => Uint8Array.from(reader.octets(reader.whole()))),
    )
  const octets = reader.octets(length * ITEM_BYTES[datatype as NumericDatatype])
  // Apart from the octets that came, which may be a piece of something larger.
  const data = createData(datatype as NumericDatatype, length)
  bytesOf(data).set(octets)
  return tensor(datatype, shape, data)
}

/** Throws a RangeError past the end. */
class Reader {
  readonly #octets: Buffer
  #at: number

  constructor(octets: Buffer, start: number) {
    this.#octets = octets
    this.#at = start
  }

  get left(): number {
    return this.#octets.length - this.#at
  }

  octet(): number {
    return this.octets(1)[0] as number
  }

  whole(): number {
    return this.octets(4).readUInt32LE()
  }

  double(): number {
    return this.octets(8).readDoubleLE()
  }

  octets(length: number): Buffer {
    if (length > this.left) throw new RangeError('cut short')
    this.#at += length
    return this.#octets.subarray(this.#at - length, this.#at)
  }
}
