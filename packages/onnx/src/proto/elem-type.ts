/** TensorProto.DataType: ONNX's numbers for element types. */
import type { Datatype } from '@slipway/protocol'

export interface ElemType {
  readonly name: string
  /** Bits of one element in `raw_data`; 0 for text. */
  readonly bits: number
  /** The datatype it is served as; absent where no client has such a type. */
  readonly datatype?: Datatype
}

export const FLOAT = 1
export const STRING = 8
export const FLOAT16 = 10
export const DOUBLE = 11
export const BFLOAT16 = 16
const COMPLEX64 = 14
const COMPLEX128 = 15

const ELEM_TYPES: ReadonlyMap<number, ElemType> = new Map([
  [FLOAT, { name: 'FLOAT', bits: 32, datatype: 'FP32' }],
  [2, { name: 'UINT8', bits: 8, datatype: 'UINT8' }],
  [3, { name: 'INT8', bits: 8, datatype: 'INT8' }],
  [4, { name: 'UINT16', bits: 16, datatype: 'UINT16' }],
  [5, { name: 'INT16', bits: 16, datatype: 'INT16' }],
  [6, { name: 'INT32', bits: 32, datatype: 'INT32' }],
  [7, { name: 'INT64', bits: 64, datatype: 'INT64' }],
  [STRING, { name: 'STRING', bits: 0, datatype: 'BYTES' }],
  [9, { name: 'BOOL', bits: 8, datatype: 'BOOL' }],
  [FLOAT16, { name: 'FLOAT16', bits: 16, datatype: 'FP16' }],
  [DOUBLE, { name: 'DOUBLE', bits: 64, datatype: 'FP64' }],
  [12, { name: 'UINT32', bits: 32, datatype: 'UINT32' }],
  [13, { name: 'UINT64', bits: 64, datatype: 'UINT64' }],
  [COMPLEX64, { name: 'COMPLEX64', bits: 64 }],
  [COMPLEX128, { name: 'COMPLEX128', bits: 128 }],
  [BFLOAT16, { name: 'BFLOAT16', bits: 16, datatype: 'BF16' }],
  [17, { name: 'FLOAT8E4M3FN', bits: 8 }],
  [18, { name: 'FLOAT8E4M3FNUZ', bits: 8 }],
  [19, { name: 'FLOAT8E5M2', bits: 8 }],
  [20, { name: 'FLOAT8E5M2FNUZ', bits: 8 }],
  [21, { name: 'UINT4', bits: 4 }],
  [22, { name: 'INT4', bits: 4 }],
  [23, { name: 'FLOAT4E2M1', bits: 4 }],
  [24, { name: 'FLOAT8E8M0', bits: 8 }],
  [25, { name: 'UINT2', bits: 2 }],
  [26, { name: 'INT2', bits: 2 }],
])

/** Undefined for 0 and for numbers that ONNX has not given out. */
export function elemTypeOf(number: number): ElemType | undefined {
  return ELEM_TYPES.get(number)
}

/** The type's name, or its number where it has none. */
export function elemTypeName(number: number): string {
  return ELEM_TYPES.get(number)?.name ?? `element type ${number}`
}
