/** Inputs made from a signature alone: for warm-up and for the proof that batching is harmless. */

import {
  type BytesData,
  createData,
  type Datatype,
  type NumericData,
  type Signature,
  type Tensor,
  type TensorSpec,
  type Tensors,
  tensor,
  toBfloat16,
  toFloat16,
} from '@slipway/protocol'
import { createRandom } from '../base/random.ts'

/** Free dimensions other than the first are tried at these sizes, in this order, until the model runs. */
export const FREE_SIZES = [8, 16, 32, 224, 1] as const

const WORDS = ['the parcel', 'is late', 'please help', 'an invoice', 'it works', 'reset my password', 'thank you', 'not good']

export interface SampleOptions {
  readonly seed: number
  /** Size of every free dimension but the first. */
  readonly free: number
  /** Floating-point values lie within 1 of this; 0 when absent. */
  readonly around?: number
}

/** One tensor for each required input of the signature, with `rows` in dimension 0 where it is free. */
export function sampleInputs(signature: Signature, rows: number, options: SampleOptions): Tensors {
  const random = createRandom(options.seed)
  const made = new Map<string, Tensor>()
  for (const spec of signature.inputs) {
    if (spec.optional !== true)
      made.set(
        spec.name,
        sampleTensor(
          spec,
          spec.shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? rows : options.free)),
          random,
          options.around ?? 0,
        ),
      )
  }
  return made
}

function sampleTensor(spec: TensorSpec, shape: readonly number[], random: () => number, around: number): Tensor {
  const length = shape.reduce((product, size) => product * size, 1)
  if (spec.datatype === 'BYTES') {
    const words: BytesData = Array.from({ length }, () => new TextEncoder().encode(WORDS[Math.floor(random() * WORDS.length)] as string))
    return tensor('BYTES', shape, words)
  }
  const data = createData(spec.datatype, length)
  fill(data, spec.datatype, (wide) => (wide ? random() * 2 - 1 + around : Math.floor(random() * (spec.datatype === 'BOOL' ? 2 : 4))))
  return tensor(spec.datatype, shape, data)
}

/** Small values that few models refuse: fractions, and integers that are valid rows of most tables. */
function fill(data: NumericData, datatype: Datatype, next: (fraction: boolean) => number): void {
  for (let index = 0; index < data.length; index++) {
    if (datatype === 'FP16') data[index] = toFloat16(next(true))
    else if (datatype === 'BF16') data[index] = toBfloat16(next(true))
    else if (datatype === 'FP32' || datatype === 'FP64') data[index] = next(true)
    else if (datatype === 'INT64' || datatype === 'UINT64') (data as BigInt64Array)[index] = BigInt(next(false))
    else data[index] = next(false)
  }
}
