/** The V2 wire form, written a second time and plainly, so that a fault of the codec cannot hide behind itself. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FIXTURES } from './slipway-process.ts'

/** A tensor of cases.json: little-endian octets in base64, or texts. */
export interface CaseTensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly raw?: string
  readonly strings?: readonly string[]
}
export interface Case {
  readonly inputs: readonly CaseTensor[]
  readonly outputs: readonly CaseTensor[]
}
export interface ModelCases {
  readonly model: string
  readonly cases: readonly Case[]
}

export type Value = number | bigint | string

/** What onnxruntime in Python answered, for each fixture model. */
export function readCases(): readonly ModelCases[] {
  return JSON.parse(readFileSync(join(FIXTURES, 'cases.json'), 'utf8')) as readonly ModelCases[]
}

const bfloat16 = (octets: DataView, at: number): number => {
  const wide = new DataView(new ArrayBuffer(4))
  wide.setUint16(2, octets.getUint16(at, true), true)
  return wide.getFloat32(0, true)
}

function nearestBfloat16(value: number): number {
  const wide = new DataView(new ArrayBuffer(4))
  wide.setFloat32(0, value)
  if (!Number.isFinite(value)) return value
  const bits = wide.getUint32(0)
  wide.setUint32(0, ((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000) >>> 0)
  return wide.getFloat32(0)
}

const READERS: Readonly<Record<string, readonly [bytes: number, read: (octets: DataView, at: number) => Value]>> = {
  BOOL: [1, (octets, at) => octets.getUint8(at)],
  UINT8: [1, (octets, at) => octets.getUint8(at)],
  INT8: [1, (octets, at) => octets.getInt8(at)],
  UINT16: [2, (octets, at) => octets.getUint16(at, true)],
  INT16: [2, (octets, at) => octets.getInt16(at, true)],
  UINT32: [4, (octets, at) => octets.getUint32(at, true)],
  INT32: [4, (octets, at) => octets.getInt32(at, true)],
  UINT64: [8, (octets, at) => octets.getBigUint64(at, true)],
  INT64: [8, (octets, at) => octets.getBigInt64(at, true)],
  FP16: [2, (octets, at) => octets.getFloat16(at, true)],
  BF16: [2, bfloat16],
  FP32: [4, (octets, at) => octets.getFloat32(at, true)],
  FP64: [8, (octets, at) => octets.getFloat64(at, true)],
}

function valuesFrom(datatype: string, octets: Uint8Array): readonly Value[] {
  const [bytes, read] = READERS[datatype] ?? []
  if (bytes === undefined || read === undefined) throw new Error(`no reader for ${datatype}`)
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  return Array.from({ length: octets.byteLength / bytes }, (_, index) => read(view, index * bytes))
}

function textsFrom(octets: Uint8Array): readonly string[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  const texts: string[] = []
  for (let at = 0; at < octets.byteLength; ) {
    const length = view.getUint32(at, true)
    texts.push(new TextDecoder().decode(octets.subarray(at + 4, at + 4 + length)))
    at += 4 + length
  }
  return texts
}

const octetsOf = (tensor: CaseTensor): Uint8Array => {
  if (tensor.strings === undefined) return Buffer.from(tensor.raw as string, 'base64')
  const parts = tensor.strings.flatMap((text) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(Buffer.byteLength(text))
    return [length, Buffer.from(text)]
  })
  return Buffer.concat(parts)
}

/** The elements of a tensor of cases.json. */
export function caseValues(tensor: CaseTensor): readonly Value[] {
  return tensor.strings ?? valuesFrom(tensor.datatype, octetsOf(tensor))
}

function jsonNumber(value: Value): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  return Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : `"${value}"`
}

const headOf = ({ name, datatype, shape }: CaseTensor): string =>
  `"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape}]`

export interface WireBody {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** The request with its data as JSON. */
export function jsonRequest(inputs: readonly CaseTensor[]): WireBody {
  const written = inputs.map((input) => `{${headOf(input)},"data":[${caseValues(input).map(jsonNumber).join(',')}]}`)
  return { body: Buffer.from(`{"inputs":[${written.join(',')}]}`), headers: { 'content-type': 'application/json' } }
}

/** The request with its data as octets behind the JSON, asking for the answer in the same form. */
export function binaryRequest(inputs: readonly CaseTensor[]): WireBody {
  const data = inputs.map(octetsOf)
  const written = inputs.map((input, index) => `{${headOf(input)},"parameters":{"binary_data_size":${data[index]?.byteLength}}}`)
  const head = Buffer.from(`{"inputs":[${written.join(',')}],"parameters":{"binary_data_output":true}}`)
  const headers = { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(head.byteLength) }
  return { body: Buffer.concat([head, ...data]), headers }
}

export interface AnswerTensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly values: readonly Value[]
}

interface WireTensor extends Omit<AnswerTensor, 'values'> {
  readonly data?: readonly { readonly source: string }[] | readonly string[]
  readonly parameters?: { readonly binary_data_size?: { readonly source: string }; readonly content_type?: string }
}

/** Numbers keep their digits as text, so that 64-bit integers stay whole. */
function parseExact(text: string): { readonly outputs: readonly WireTensor[] } {
  const keep = (key: string, value: unknown, context: { readonly source?: string }) => {
    if (key === 'shape') return (value as readonly { readonly source: string }[]).map(({ source }) => Number(source))
    return typeof value === 'number' || typeof value === 'boolean' ? { source: context.source } : value
  }
  return JSON.parse(text, keep as Parameters<typeof JSON.parse>[1])
}

function jsonValue(datatype: string, element: string | { readonly source: string }, encoded: boolean): Value {
  if (datatype === 'BYTES') return encoded ? Buffer.from(element as string, 'base64').toString() : (element as string)
  const text = typeof element === 'string' ? element : element.source
  if (datatype === 'BOOL') return text === 'true' || text === '1' ? 1 : 0
  if (datatype.endsWith('INT64')) return BigInt(text)
  // The shortest decimal that reads back to the same value is meant: read it back.
  return datatype === 'FP16' ? Math.f16round(Number(text)) : datatype === 'BF16' ? nearestBfloat16(Number(text)) : Number(text)
}

/** The tensors of an answer; `headerLength` is the value of its Inference-Header-Content-Length, if it has one. */
export function answerTensors(body: Uint8Array, headerLength: string | null): readonly AnswerTensor[] {
  const headEnd = headerLength === null ? body.byteLength : Number(headerLength)
  const { outputs } = parseExact(new TextDecoder().decode(body.subarray(0, headEnd)))
  let at = headEnd
  return outputs.map(({ name, datatype, shape, data, parameters }) => {
    if (data !== undefined) {
      const encoded = parameters?.content_type === 'base64'
      return { name, datatype, shape, values: data.map((element) => jsonValue(datatype, element, encoded)) }
    }
    const octets = body.slice(at, at + Number(parameters?.binary_data_size?.source))
    at += octets.byteLength
    return { name, datatype, shape, values: datatype === 'BYTES' ? textsFrom(octets) : valuesFrom(datatype, octets) }
  })
}
