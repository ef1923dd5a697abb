/** TensorProto and SparseTensorProto: what tensor data is and where it lies, without the data. */

import { quoted } from '@slipway/protocol'
import { damaged, refusal } from '../refusal.ts'
import { readEntry } from './entry.ts'
import type { Tally } from './tally.ts'
import { FIXED32, FIXED64, LENGTH, type Span, type WireReader } from './wire-reader.ts'

export interface TensorProto {
  readonly name: string
  /** Number of TensorProto.DataType. */
  readonly elemType: number
  readonly dims: readonly number[]
  /** Octets of `raw_data`; undefined without that field. */
  readonly rawBytes: number | undefined
  /** Elements in `float_data`, `double_data` and `string_data`. */
  readonly floats: number
  readonly doubles: number
  readonly strings: number
  /** True with `int32_data`, `int64_data` or `uint64_data`, whose elements cannot be counted without reading them. */
  readonly hasIntegers: boolean
  /** `external_data`, in the file's order; undefined for data inside the file. */
  readonly external: readonly (readonly [key: string, value: string])[] | undefined
  readonly span: Span
}

export interface SparseTensorProto {
  readonly values: TensorProto | undefined
  readonly indices: TensorProto | undefined
  readonly dims: readonly number[]
}

/** Enough for any tensor that a runtime can hold, and little enough to print. */
const MAX_RANK = 64

/** Reads the tensor in the reader's current field. */
export function readTensor(field: WireReader, tally: Tally): TensorProto {
  const span = field.span
  const reader = field.message()
  const dims: number[] = []
  const external: (readonly [string, string])[] = []
  const found = { name: '', elemType: 0, rawBytes: undefined as number | undefined, floats: 0, doubles: 0, strings: 0, hasIntegers: false }
  let isExternal = false
  while (reader.next()) {
    switch (reader.number) {
      case 1:
        readDims(reader, dims)
        break
      case 2:
        found.elemType = reader.integer()
        break
      case 3:
        throw damaged(reader.start, 'a tensor in segments, which no runtime reads,')
      case 4:
        found.floats += packedCount(reader, FIXED32)
        break
      case 5:
      case 7:
      case 11:
        found.hasIntegers = true
        break
      case 6:
        tally.count('parts')
        found.strings++
        break
      case 8:
        found.name = reader.text()
        break
      case 9:
        if (reader.wire !== LENGTH) throw damaged(reader.start, 'raw data without a length')
        found.rawBytes = reader.length
        break
      case 10:
        found.doubles += packedCount(reader, FIXED64)
        break
      case 13:
        tally.count('parts')
        external.push(readEntry(reader.message()))
        break
      case 14:
        isExternal = readLocation(reader)
        break
    }
  }
  return { ...found, dims, span, external: isExternal || external.length > 0 ? external : undefined }
}

export function readSparseTensor(reader: WireReader, tally: Tally): SparseTensorProto {
  const dims: number[] = []
  let values: TensorProto | undefined
  let indices: TensorProto | undefined
  while (reader.next()) {
    if (reader.number === 1) values = once(values, reader, tally)
    else if (reader.number === 2) indices = once(indices, reader, tally)
    else if (reader.number === 3) readDims(reader, dims)
  }
  return { values, indices, dims }
}

/** Parsers merge a message that is given twice; refusing it leaves no two readings of one file. */
function once(earlier: TensorProto | undefined, reader: WireReader, tally: Tally): TensorProto {
  if (earlier !== undefined) throw damaged(reader.start, `a sparse tensor with field ${reader.number} twice`)
  return readTensor(reader, tally)
}

/** `dims`, one by one or packed. */
function readDims(reader: WireReader, dims: number[]): void {
  if (reader.wire !== LENGTH) dims.push(reader.integer())
  else {
    const packed = reader.packed()
    while (packed.nextPacked()) dims.push(packed.integer())
  }
  if (dims.length > MAX_RANK) throw refusal(`the file has a tensor of more than ${MAX_RANK} dimensions; no runtime takes one`)
}

function packedCount(reader: WireReader, wire: typeof FIXED32 | typeof FIXED64): number {
  if (reader.wire === wire) return 1
  const size = wire === FIXED32 ? 4 : 8
  if (reader.wire !== LENGTH || reader.length % size !== 0) throw damaged(reader.start, 'tensor data that is no whole number of elements')
  return reader.length / size
}

function readLocation(reader: WireReader): boolean {
  const location = reader.integer()
  if (location !== 0 && location !== 1)
    throw refusal(`the file has a tensor with the data location ${quoted(location)}; ONNX knows 0 (inside) and 1 (external)`)
  return location === 1
}
