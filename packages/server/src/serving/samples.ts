/** Inputs made from a signature alone: for warm-up and for the proof that batching is harmless. */
import {
  type BytesData,
  createData,
  type NumericData,
  type Signature,
  type Tensor,
  type TensorSpec,
  type Tensors,
  tensor,
  toBfloat16,
  toFloat16,
} from '@slipway/protocol'

/** A small generator of repeatable numbers in [0, 1): mulberry32, public domain (Tommy Ettinger, 2017). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Free dimensions other than the first are tried at these sizes, in this order, until the model runs. */
export const FREE_SIZES = [8, 16, 32, 224, 1] as const

const WORDS = ['the parcel', 'is late', 'please help', 'an invoice', 'it works', 'reset my password', 'thank you', 'not good']

/** One input for each required one of the signature: `rows` in dimension 0 where it is free, `free` in every other free dimension. */
export function sampleInputs(signature: Signature, rows: number, options: { readonly seed: number; readonly free: number }): Tensors {
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
        ),
      )
  }
  return made
}

function sampleTensor(spec: TensorSpec, shape: readonly number[], random: () => number): Tensor {
  const length = shape.reduce((product, size) => product * size, 1)
  if (spec.datatype === 'BYTES') {
    const words: BytesData = Array.from({ length }, () => new TextEncoder().encode(WORDS[Math.floor(random() * WORDS.length)] as string))
    return tensor('BYTES', shape, words)
  }
  const data = createData(spec.datatype, length)
  fill(spec, data, random)
  return tensor(spec.datatype, shape, data)
}

/** Small values that few models refuse: fractions around 0, and integers that are valid rows of most tables. */
function fill({ datatype }: TensorSpec, data: NumericData, random: () => number): void {
  for (let index = 0; index < data.length; index++) {
    if (datatype === 'FP16') data[index] = toFloat16(random() * 2 - 1)
    else if (datatype === 'BF16') data[index] = toBfloat16(random() * 2 - 1)
    else if (datatype === 'FP32' || datatype === 'FP64') data[index] = random() * 2 - 1
    else if (datatype === 'INT64' || datatype === 'UINT64') (data as BigInt64Array)[index] = BigInt(Math.floor(random() * 4))
    else data[index] = Math.floor(random() * (datatype === 'BOOL' ? 2 : 4))
  }
}
