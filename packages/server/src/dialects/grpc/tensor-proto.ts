/** tensorflow.TensorProto, both ways. Source: tensorflow/core/framework/tensor.proto and types.proto. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import {
  type BytesData,
  bytesOf,
  createData,
  type Datatype,
  decodeBlob,
  elementCount,
  ITEM_BYTES,
  type NumericData,
  type NumericDatatype,
  quoted,
  ServeError,
  type Tensor,
  tensor,
} from '@slipway/protocol'
import { type FieldReader, Numbers } from './reader.ts'

type Scalar = ConstructorParameters<typeof Numbers>[0]
interface Kind {
  readonly datatype: Datatype
  /** The number of tensorflow.DataType. */
  readonly dtype: number
  /** The field that holds elements one by one. */
  readonly field: number
  readonly scalar: Scalar | 'bytes'
}

const KINDS: readonly Kind[] = [
  { datatype: 'FP32', dtype: 1, field: 5, scalar: 'float' },
  { datatype: 'FP64', dtype: 2, field: 6, scalar: 'double' },
  { datatype: 'INT32', dtype: 3, field: 7, scalar: 'int32' },
  { datatype: 'UINT8', dtype: 4, field: 7, scalar: 'int32' },
  { datatype: 'INT16', dtype: 5, field: 7, scalar: 'int32' },
  { datatype: 'INT8', dtype: 6, field: 7, scalar: 'int32' },
  { datatype: 'BYTES', dtype: 7, field: 8, scalar: 'bytes' },
  { datatype: 'INT64', dtype: 9, field: 10, scalar: 'int64' },
  { datatype: 'BOOL', dtype: 10, field: 11, scalar: 'bool' },
  { datatype: 'BF16', dtype: 14, field: 13, scalar: 'int32' },
  { datatype: 'UINT16', dtype: 17, field: 7, scalar: 'int32' },
  { datatype: 'FP16', dtype: 19, field: 13, scalar: 'int32' },
  { datatype: 'UINT32', dtype: 22, field: 16, scalar: 'uint32' },
  { datatype: 'UINT64', dtype: 23, field: 17, scalar: 'uint64' },
]
const BY_DTYPE = new Map(KINDS.map((kind) => [kind.dtype, kind]))
const BY_DATATYPE = new Map(KINDS.map((kind) => [kind.datatype, kind]))
const SCALARS: ReadonlyMap<number, Scalar> = new Map(
  KINDS.flatMap(({ field, scalar }) => (scalar === 'bytes' ? [] : [[field, scalar] as const])),
)

const MOST_DIMENSIONS = 32

/** Reads the message that the reader is on. `mostBytes` bounds what a tensor unfolds to whose last element stands for many. Throws INVALID_ARGUMENT. */
export function readTensorProto(reader: FieldReader, name: string, mostBytes: number): Tensor {
  const label = `input ${quoted(name)}`
  let dtype = 0
  let content: Uint8Array | undefined
  const shape: number[] = []
  const numbers = new Map<number, Numbers>()
  const strings: Uint8Array[] = []
  reader.message((field, wire, inner) => {
    const scalar = SCALARS.get(field)
    if (field === 1) dtype = inner.int32()
    else if (field === 2) readShape(inner, shape, label)
    else if (field === 4) content = inner.bytes()
    else if (field === 8) strings.push(inner.bytes())
    else if (scalar !== undefined) {
      const found = numbers.get(field) ?? new Numbers(scalar)
      numbers.set(field, found)
      found.take(wire, inner)
    } else return false
  })
  const kind = BY_DTYPE.get(dtype)
  if (kind === undefined)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${label}: dtype ${dtype} has no meaning here; send one of ${KINDS.map((each) => each.datatype).join(', ')}`,
    )
  const { datatype, field } = kind
  if (content !== undefined && content.byteLength > 0 && datatype !== 'BYTES')
    return decodeBlob(content, { subject: { kind: 'input', name }, datatype, shape, source: 'the length of its tensor_content' })
  const count = elementCount(shape)
  if (
    count * Math.max(8, ITEM_BYTES[datatype]) > mostBytes &&
    count > (datatype === 'BYTES' ? strings.length : (numbers.get(field)?.count ?? 0))
  )
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${label}: its shape [${shape.join(', ')}] takes more than it holds, and too much to be filled in; send every element`,
    )
  if (datatype === 'BYTES') return tensor('BYTES', shape, filledStrings(strings, count, label))
  return tensor(datatype, shape, filled(datatype, numbers.get(field)?.data(storage(datatype), label), { count, label }))
}

/** What holds the 16 bits of halves while they are read as whole numbers. */
const storage = (datatype: NumericDatatype): NumericDatatype => (datatype === 'FP16' || datatype === 'BF16' ? 'UINT16' : datatype)

function readShape(reader: FieldReader, shape: number[], label: string): void {
  reader.message((field, _wire, inner) => {
    if (field === 3 && inner.bool()) throw new ServeError('INVALID_ARGUMENT', `${label} has an unknown rank; send its shape`)
    if (field === 3) return
    if (field !== 2) return false
    if (shape.length === MOST_DIMENSIONS) throw new ServeError('INVALID_ARGUMENT', `${label} has more than ${MOST_DIMENSIONS} dimensions`)
    let size = 0
    inner.message((part, _, dimension) => {
      if (part !== 1) return false
      size = dimension.integer(`a dimension of ${label}`)
    })
    shape.push(size)
  })
}

/** Fewer elements than the shape takes: the last stands for the rest, and none for zeros, as TensorFlow reads them. */
function filled(
  datatype: NumericDatatype,
  given: NumericData | undefined,
  { count, label }: { count: number; label: string },
): NumericData {
  if (given?.length === count) return given
  if (given !== undefined && given.length > count) throw tooMany(label, given.length, count)
  const data = createData(datatype, count)
  const elements: { [index: number]: number | bigint } = data
  const last = given?.at(-1)
  if (given === undefined || last === undefined) return data
  for (let index = 0; index < count; index++) elements[index] = given[index] ?? last
  return data
}

function filledStrings(given: readonly Uint8Array[], count: number, label: string): BytesData {
  if (given.length > count) throw tooMany(label, given.length, count)
  const last = given.at(-1) ?? new Uint8Array()
  return given.length === count ? given : Array.from({ length: count }, (_, index) => given[index] ?? last)
}

function tooMany(label: string, found: number, count: number): ServeError {
  return new ServeError('INVALID_ARGUMENT', `${label} holds ${found} elements, but its shape takes ${count}`)
}

/** Writes the members of a TensorProto: elements in the field of their type, as TensorFlow Serving answers. */
export function writeTensorProto(writer: BinaryWriter, value: Tensor): void {
  const { dtype, field, scalar } = BY_DATATYPE.get(value.datatype) as Kind
  writer.tag(1, WireType.Varint).int32(dtype)
  writer.tag(2, WireType.LengthDelimited).fork()
  for (const size of value.shape) writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int64(size).join()
  writer.join()
  if (value.datatype === 'BYTES') {
    for (const element of value.data) writer.tag(field, WireType.LengthDelimited).bytes(element)
    return
  }
  if (value.data.length === 0) return
  writer.tag(field, WireType.LengthDelimited)
  // Packed floats and booleans are the octets that the tensor has.
  if (scalar === 'float' || scalar === 'double' || scalar === 'bool') writer.bytes(bytesOf(value.data))
  else writer.bytes(packedVarints(value.data, scalar))
}

function packedVarints(data: NumericData, scalar: Scalar | 'bytes'): Uint8Array {
  const writer = new BinaryWriter()
  for (const element of data) {
    if (scalar === 'int64') writer.int64(element)
    else if (scalar === 'uint64') writer.uint64(element)
    else if (scalar === 'uint32') writer.uint32(Number(element))
    else writer.int32(Number(element))
  }
  return writer.finish()
}
