/** A model's answer as a caller reads it. */
import {
  type DataOf,
  type Datatype,
  fromBfloat16,
  fromFloat16,
  type NumericData,
  type NumericDatatype,
  quoted,
  type Tensor,
  type Tensors,
} from '@slipway/protocol'
import { type Nested, nest } from './nested.ts'
import { SlipwayError } from './slipway-error.ts'

/** FP16 and BF16 come as the numbers they mean, which FP32 holds exactly. */
interface OutputData extends Omit<DataOf, 'FP16' | 'BF16' | 'BYTES'> {
  readonly FP16: Float32Array
  readonly BF16: Float32Array
}

interface ElementOf {
  readonly BOOL: boolean
  readonly UINT64: bigint
  readonly INT64: bigint
}
type OutputElement<D extends NumericDatatype> = D extends keyof ElementOf ? ElementOf[D] : number

export interface NumericOutput<D extends NumericDatatype> {
  readonly datatype: D
  readonly shape: readonly number[]
  /** Row-major; BOOL is 0/1 octets. A view of the received body where it can be. */
  readonly data: OutputData[D]
  /** Lists nested by `shape`; BOOL as true and false, 64-bit integers as bigint. */
  toNested(): Nested<OutputElement<D>>
}

export interface BytesOutput {
  readonly datatype: 'BYTES'
  readonly shape: readonly number[]
  /** The elements as text. Throws FAILED_PRECONDITION when one is no UTF-8: then read `bytes`. */
  readonly data: readonly string[]
  /** The elements' octets, always. */
  readonly bytes: readonly Uint8Array[]
  /** True when every element is UTF-8. */
  readonly isText: boolean
  /** `data`, nested by `shape`. */
  toNested(): Nested<string>
}

export type Output = { readonly [D in NumericDatatype]: NumericOutput<D> }[NumericDatatype] | BytesOutput
/** The output of one datatype. */
export type OutputOf<D extends Datatype> = Extract<Output, { readonly datatype: D }>
/** Outputs by name. The object has no prototype, so any name is just a name. */
export type Outputs = Readonly<Record<string, Output>>

export function readOutputs(tensors: Tensors): Outputs {
  const outputs: Record<string, Output> = Object.create(null)
  for (const [name, value] of tensors) outputs[name] = value.datatype === 'BYTES' ? new TextOrBytes(name, value) : numericOutput(value)
  return outputs
}

type NumericTensor = Exclude<Tensor, { readonly datatype: 'BYTES' }>

function numericOutput({ datatype, shape, data: raw }: NumericTensor): Output {
  const half = datatype === 'FP16' ? fromFloat16 : datatype === 'BF16' ? fromBfloat16 : undefined
  const data = half === undefined ? raw : Float32Array.from(raw as Uint16Array, half)
  // The compiler cannot follow that `data` goes with `datatype`; the conversion above is what makes it so.
  return new Numbers(datatype, shape, data) as unknown as Output
}

class Numbers {
  readonly datatype: NumericDatatype
  readonly shape: readonly number[]
  readonly data: NumericData

  constructor(datatype: NumericDatatype, shape: readonly number[], data: NumericData) {
    this.datatype = datatype
    this.shape = shape
    this.data = data
  }

  toNested(): Nested<unknown> {
    return nest<unknown>(this.datatype === 'BOOL' ? Array.from(this.data, Boolean) : this.data, this.shape)
  }
}

/** Text is decoded at once, so that it shows where the output is printed; octets of another kind fail that within a few. */
class TextOrBytes implements BytesOutput {
  readonly datatype = 'BYTES'
  readonly shape: readonly number[]
  declare readonly data: readonly string[]
  readonly isText: boolean
  readonly #octets: readonly Uint8Array[]

  constructor(name: string, { shape, data }: { readonly shape: readonly number[]; readonly data: readonly Uint8Array[] }) {
    this.shape = shape
    this.#octets = data
    const text = decodeText(name, data)
    this.isText = !(text instanceof SlipwayError)
    // Refuses only whoever reads it, not whoever prints or copies the output.
    const refuse = () => {
      throw text
    }
    Object.defineProperty(this, 'data', this.isText ? { value: text, enumerable: true } : { get: refuse, enumerable: false })
  }

  get bytes(): readonly Uint8Array[] {
    return this.#octets
  }

  toNested(): Nested<string> {
    return nest(this.data, this.shape)
  }
}

function decodeText(name: string, elements: readonly Uint8Array[]): readonly string[] | SlipwayError {
  // A byte order mark is part of the text: it is not ours to drop.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const text: string[] = []
  for (const octets of elements) {
    try {
      text.push(decoder.decode(octets))
    } catch (cause) {
      const message = `element ${text.length} of output ${quoted(name)} is no UTF-8 text; read its octets from "bytes"`
      return new SlipwayError('FAILED_PRECONDITION', message, { cause })
    }
  }
  return text
}
