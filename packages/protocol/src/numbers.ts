/** Tensor elements as plain numbers, for showing and comparing; 64-bit integers past 2^53 are rounded. */
import { fromBfloat16, fromFloat16 } from './float16.ts'
import type { Tensor } from './tensor.ts'

/** One number for each element; none for BYTES. */
export function numbersOf(value: Tensor): readonly number[] {
  if (value.datatype === 'BYTES') return []
  if (value.datatype === 'FP16') return Array.from(value.data, fromFloat16)
  if (value.datatype === 'BF16') return Array.from(value.data, fromBfloat16)
  return Array.from(value.data as ArrayLike<number | bigint>, Number)
}
