/** Tensors of every datatype, with the values that are easily lost on the way. */
import { DATATYPES, ITEM_BYTES, type NumericDatatype, type Tensor, type Tensors, tensor, viewData } from '@slipway/protocol'

/** Bits that a detour through another type of number would change. */
const BITS: Readonly<Record<NumericDatatype, readonly bigint[]>> = {
  BOOL: [0n, 1n, 1n, 0n],
  UINT8: [0n, 1n, 0x7fn, 0xffn],
  INT8: [0n, 1n, 0x7fn, 0x80n],
  UINT16: [0n, 1n, 0x7fffn, 0xffffn],
  INT16: [0n, 1n, 0x7fffn, 0x8000n],
  UINT32: [0n, 1n, 2n ** 31n, 2n ** 32n - 1n],
  INT32: [0n, 1n, 2n ** 31n - 1n, 2n ** 31n],
  UINT64: [0n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n],
  INT64: [1n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n],
  // -0, the smallest above 0, infinity, a NaN with a payload.
  FP16: [0x8000n, 0x0001n, 0x7c00n, 0x7e2an],
  BF16: [0x8000n, 0x0001n, 0x7f80n, 0x7fc5n],
  FP32: [0x80000000n, 1n, 0x7f800000n, 0x7fc12345n],
  FP64: [2n ** 63n, 1n, 0x7ff0000000000000n, 0x7ff8000012345678n],
}

const TEXTS = [Uint8Array.of(), Buffer.from('né 日本 🙂'), Uint8Array.of(0, 255, 0xc3), Uint8Array.of(0)]

function numeric(datatype: NumericDatatype, shape: readonly number[], bits: readonly bigint[]): Tensor {
  const size = ITEM_BYTES[datatype]
  const octets = Uint8Array.from(bits.flatMap((value) => Array.from({ length: size }, (_, at) => Number((value >> BigInt(8 * at)) & 255n))))
  return tensor(datatype, shape, viewData(datatype, octets))
}

/** Of each datatype a matrix, a row of odd length, an empty tensor and a scalar. */
export function everyTensor(): Tensors {
  const all = DATATYPES.flatMap((datatype): [string, Tensor][] => {
    const of = (shape: readonly number[], from: number, to: number): Tensor =>
      datatype === 'BYTES' ? tensor('BYTES', shape, TEXTS.slice(from, to)) : numeric(datatype, shape, BITS[datatype].slice(from, to))
    return [
      [`${datatype} matrix`, of([2, 2], 0, 4)],
      [`${datatype} row`, of([3], 1, 4)],
      [`${datatype} empty`, of([0, 3], 0, 0)],
      [`${datatype} scalar`, of([], 3, 4)],
    ]
  })
  return new Map(all)
}

/** Comparable, bit for bit. */
export const told = (tensors: Tensors): readonly unknown[] =>
  [...tensors].map(([name, { datatype, shape, data }]) => [name, datatype, [...shape], hex(datatype, data)])

function hex(datatype: Tensor['datatype'], data: Tensor['data']): unknown {
  if (datatype === 'BYTES') return (data as readonly Uint8Array[]).map((one) => Buffer.from(one).toString('hex'))
  const { buffer, byteOffset, byteLength } = data as Uint8Array
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex')
}
