/** Tensors as every room of Slipway passes them: V2 datatype names, row-major data in typed arrays. */
import { ServeError } from './errors.ts'

export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'BF16',
  'FP32',
  'FP64',
  'BYTES',
] as const
export type Datatype = (typeof DATATYPES)[number]

/** BYTES elements are raw octets; text is UTF-8. */
export type BytesData = readonly Uint8Array[]

/** What holds the elements: BOOL is 0/1 octets, FP16 and BF16 are their raw 16 bits. */
export interface DataOf {
  readonly BOOL: Uint8Array
  readonly UINT8: Uint8Array
  readonly UINT16: Uint16Array
  readonly UINT32: Uint32Array
  readonly UINT64: BigUint64Array
  readonly INT8: Int8Array
  readonly INT16: Int16Array
  readonly INT32: Int32Array
  readonly INT64: BigInt64Array
  readonly FP16: Uint16Array
  readonly BF16: Uint16Array
  readonly FP32: Float32Array
  readonly FP64: Float64Array
  readonly BYTES: BytesData
}

export type NumericDatatype = Exclude<Datatype, 'BYTES'>
export type NumericData = DataOf[NumericDatatype]
export type TensorData = DataOf[Datatype]

/** `data.length` equals the product of `shape`; a scalar has shape []. */
export type Tensor = {
  readonly [D in Datatype]: { readonly datatype: D; readonly shape: readonly number[]; readonly data: DataOf[D] }
}[Datatype]

/** Named tensors, in the order given. A Map, so that no name can reach a prototype. */
export type Tensors = ReadonlyMap<string, Tensor>

/** Octets per element; 0 for BYTES, whose elements have lengths of their own. */
export const ITEM_BYTES: Readonly<Record<Datatype, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
}

export function isDatatype(value: unknown): value is Datatype {
  return typeof value === 'string' && Object.hasOwn(ITEM_BYTES, value)
}

type ArrayOf = new (buffer: ArrayBuffer, byteOffset: number, length: number) => NumericData
const ARRAYS: Readonly<Record<NumericDatatype, ArrayOf>> = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  BF16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
}

/** A zeroed array for `length` elements. */
export function createData(datatype: NumericDatatype, length: number): NumericData {
  return new ARRAYS[datatype](new ArrayBuffer(length * ITEM_BYTES[datatype]), 0, length)
}

/** A view of `bytes` as elements, without a copy where the bytes are aligned. Throws when they are no whole number of elements. */
export function viewData(datatype: NumericDatatype, bytes: Uint8Array): NumericData {
  const size = ITEM_BYTES[datatype]
  if (bytes.byteLength % size !== 0)
    throw new ServeError('INVALID_ARGUMENT', `${bytes.byteLength} bytes are no whole number of ${datatype} elements of ${size} bytes`)
  // Not `slice`, which on a Buffer is another view of the same misaligned octets.
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  return new ARRAYS[datatype](aligned.buffer as ArrayBuffer, aligned.byteOffset, bytes.byteLength / size)
}

/** The octets behind numeric data, without a copy. Little-endian, as every machine that Node runs on. */
export function bytesOf(data: NumericData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** A tensor from parts that belong together; the caller vouches that `data` is of `datatype` and has the shape's length. */
export function tensor(datatype: Datatype, shape: readonly number[], data: TensorData): Tensor {
  return { datatype, shape, data } as Tensor
}

/** Elements of a shape; throws INVALID_ARGUMENT when a dimension is no whole number ≥ 0 or the product is past what can be counted exactly. */
export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new ServeError('INVALID_ARGUMENT', `shape [${shape.join(', ')}]: every dimension must be a whole number from 0 to 2^53-1`)
    count *= size
    if (count > Number.MAX_SAFE_INTEGER)
      throw new ServeError('INVALID_ARGUMENT', `shape [${shape.join(', ')}] has more elements than can be counted`)
  }
  return count
}

/** Octets that the elements take in a frame or a binary body (BYTES: 4 for each length, and the octets). */
export function byteLength(value: Tensor): number {
  if (value.datatype !== 'BYTES') return value.data.byteLength
  let total = 4 * value.data.length
  for (const element of value.data) total += element.byteLength
  return total
}

/** Rows `from` to `to` of dimension 0, as views where the data allows it. */
export function sliceRows(value: Tensor, from: number, to: number): Tensor {
  const rows = value.shape[0] ?? 0
  const perRow = rows === 0 ? 0 : value.data.length / rows
  const shape = [to - from, ...value.shape.slice(1)]
  if (value.datatype === 'BYTES') return tensor('BYTES', shape, value.data.slice(from * perRow, to * perRow))
  return tensor(value.datatype, shape, value.data.subarray(from * perRow, to * perRow))
}

/** Joins tensors of one datatype and one trailing shape along dimension 0. */
export function concatRows(parts: readonly Tensor[]): Tensor {
  const first = parts[0]
  if (first === undefined) throw new RangeError('concatRows needs at least one tensor')
  if (parts.length === 1) return first
  let rows = 0
  let length = 0
  for (const part of parts) {
    rows += part.shape[0] ?? 0
    length += part.data.length
  }
  const shape = [rows, ...first.shape.slice(1)]
  if (first.datatype === 'BYTES')
    return tensor(
      'BYTES',
      shape,
      parts.flatMap((part) => part.data as BytesData),
    )
  const joined = createData(first.datatype, length)
  const target = bytesOf(joined)
  let offset = 0
  for (const part of parts) {
    const source = bytesOf(part.data as NumericData)
    target.set(source, offset)
    offset += source.byteLength
  }
  return tensor(first.datatype, shape, joined)
}
