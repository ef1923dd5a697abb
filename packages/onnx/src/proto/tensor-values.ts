/** The elements of a tensor that lies in the file, as a tensor to send. */
import {
  createData,
  type Datatype,
  elementCount,
  type NumericData,
  type NumericDatatype,
  quoted,
  type Tensor,
  tensor,
  viewData,
} from '@slipway/protocol'
import { refusal } from '../refusal.ts'
import { elemTypeOf } from './elem-type.ts'
import type { Segments } from './segments.ts'
import type { TensorProto } from './tensor-proto.ts'
import { LENGTH, WireReader } from './wire-reader.ts'
import { join } from './wire-writer.ts'

/** TensorProto.raw_data. */
const RAW = 9
/** The typed field of TensorProto that each datatype uses. FP16 and BF16 are their 16 bits, each in a number of its own. */
const TYPED: Readonly<Record<Datatype, number>> = {
  FP32: 4,
  INT32: 5,
  INT16: 5,
  INT8: 5,
  UINT16: 5,
  UINT8: 5,
  BOOL: 5,
  FP16: 5,
  BF16: 5,
  BYTES: 6,
  INT64: 7,
  FP64: 10,
  UINT32: 11,
  UINT64: 11,
}

/**
 * A copy of the tensor's value; undefined for a type that no client has. The tensor must lie inside the file and in memory, and
 * `checkTensors` must have passed. Throws INVALID_ARGUMENT when the whole numbers in typed fields are not as many as the shape says.
 */
export function readTensorValue(segments: Segments, proto: TensorProto): Tensor | undefined {
  const datatype = elemTypeOf(proto.elemType)?.datatype
  if (datatype === undefined) return undefined
  if (datatype === 'BYTES') return tensor('BYTES', proto.dims, octetsOf(segments, proto, TYPED.BYTES))
  if (proto.rawBytes !== undefined) return tensor(datatype, proto.dims, rawData(segments, proto, datatype))
  if (datatype === 'FP32' || datatype === 'FP64')
    return tensor(datatype, proto.dims, viewData(datatype, join(octetsOf(segments, proto, TYPED[datatype]))))
  return tensor(datatype, proto.dims, wholeNumbers(segments, proto, datatype))
}

function* fieldsOf(segments: Segments, { span }: TensorProto, number: number): Generator<WireReader> {
  const reader = new WireReader(segments, span.value, span.end)
  while (reader.next()) if (reader.number === number) yield reader
}

/** The octets of each field of a number, copied; those of a packed field or a text without their length. */
function octetsOf(segments: Segments, proto: TensorProto, number: number): Uint8Array[] {
  const found: Uint8Array[] = []
  for (const { span } of fieldsOf(segments, proto, number)) {
    const { start, bytes } = segments.segmentAt(span.value)
    found.push(new Uint8Array(bytes.subarray(span.value - start, span.end - start)))
  }
  return found
}

/** Where the field is given twice, the last one counts, as it does for any parser. */
function rawData(segments: Segments, proto: TensorProto, datatype: NumericDatatype): NumericData {
  const bytes = octetsOf(segments, proto, RAW).at(-1) ?? new Uint8Array()
  return viewData(datatype, datatype === 'BOOL' ? bytes.map((octet) => (octet === 0 ? 0 : 1)) : bytes)
}

/** Varints come one by one or packed, also mixed; parsers cut them to the datatype's bits. */
function wholeNumbers(segments: Segments, proto: TensorProto, datatype: NumericDatatype): NumericData {
  const values: bigint[] = []
  for (const each of fieldsOf(segments, proto, TYPED[datatype])) {
    if (each.wire !== LENGTH) values.push(each.int64())
    else for (const packed = each.packed(); packed.nextPacked(); ) values.push(packed.int64())
  }
  const data = createData(datatype, elementCount(proto.dims))
  if (values.length !== data.length)
    throw refusal(
      `initializer ${quoted(proto.name)}, ${datatype} [${proto.dims.join(', ')}], needs ${data.length} elements and holds ${values.length}; the file is damaged`,
    )
  for (const [index, value] of values.entries()) {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = value
    else if (datatype === 'BOOL') data[index] = value === 0n ? 0 : 1
    else data[index] = Number(BigInt.asIntN(32, value))
  }
  return data
}
