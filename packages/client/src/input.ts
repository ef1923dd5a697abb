/** What a caller may give as an input, and how it becomes a tensor. */
import {
  type Datatype,
  describeSpec,
  elementCount,
  isDatatype,
  quoted,
  type Signature,
  type Tensor,
  type TensorSpec,
  tensor,
} from '@slipway/protocol'
import { bytesData, datatypeOf, isNumericArray, type NumericArray, numericData, recastData } from './elements.ts'
import { flatten, type Nested } from './nested.ts'
import { SlipwayError } from './slipway-error.ts'

/** JavaScript values that an element of the datatype may be given as. */
interface ElementOf {
  readonly BOOL: boolean | number
  readonly UINT64: number | bigint
  readonly INT64: number | bigint
  readonly BYTES: string | Uint8Array
}
export type InputElement<D extends Datatype = Datatype> = D extends keyof ElementOf ? ElementOf[D] : number

/** A tensor spelled out. `data` is flat or nested; a Uint16Array holds raw FP16 or BF16, numbers are converted. */
export interface TensorInput<D extends Datatype = Datatype> {
  readonly datatype: D
  readonly shape: readonly number[]
  readonly data: NumericArray | readonly Nested<InputElement<D> | NumericArray>[]
}

/** An encoded picture or any other file, as an input that the server decodes. */
export type EncodedInput = Blob | ArrayBuffer

/**
 * A value for an input of datatype `D`: a tensor spelled out, a typed array (one dimension), or a value or nested list
 * whose datatype is looked up in the model's signature.
 */
export type InputOf<D extends Datatype = Datatype> = TensorInput<D> | Nested<InputElement<D> | NumericArray>

/** Anything an input may be given as. */
export type Input = InputOf | EncodedInput

/** A tensor, with the media type of its octets when they are an encoded file. */
export interface PreparedInput {
  readonly tensor: Tensor
  readonly contentType?: string
}

/** The input as a tensor. `lookUp` is asked for the signature only when the value alone does not tell. Throws INVALID_ARGUMENT. */
export async function prepareInput(name: string, value: Input, lookUp: () => Promise<Signature>): Promise<PreparedInput> {
  if (value instanceof Blob) return encoded(new Uint8Array(await value.arrayBuffer()), value.type)
  if (value instanceof ArrayBuffer) return encoded(new Uint8Array(value), '')
  if (isNumericArray(value)) {
    const datatype = datatypeOf(value)
    return { tensor: tensor(datatype, [value.length], recastData(datatype, value, name)) }
  }
  if (isTensorInput(value)) return { tensor: spelledOut(name, value) }
  if (typeof value === 'object' && !Array.isArray(value))
    throw refusal(name, 'an object that is no tensor; give { datatype, shape, data }, a typed array, a nested list, or a Blob')
  return { tensor: bySpec(value, specOf(name, await lookUp())) }
}

function encoded(octets: Uint8Array, contentType: string): PreparedInput {
  return { tensor: tensor('BYTES', [1], [octets]), ...(contentType === '' ? {} : { contentType }) }
}

function isTensorInput(value: object | string | number | bigint | boolean): value is TensorInput {
  return typeof value === 'object' && 'data' in value && 'datatype' in value
}

function spelledOut(name: string, { datatype, shape, data }: TensorInput): Tensor {
  if (!isDatatype(datatype)) throw refusal(name, `${quoted(datatype)} is no datatype; use one of V2's, such as FP32, INT64 or BYTES`)
  if (!Array.isArray(shape)) throw refusal(name, 'its shape must be a list of whole numbers')
  const count = elementCount(shape)
  const filled = fill(name, datatype, data)
  if (filled.length !== count) throw refusal(name, `shape [${shape.join(', ')}] has ${count} elements, but its data has ${filled.length}`)
  return tensor(datatype, shape, filled)
}

function fill(name: string, datatype: Datatype, data: unknown): Tensor['data'] {
  if (datatype === 'BYTES') return bytesData(flatten(data, datatype, name).elements, name)
  if (isNumericArray(data)) return recastData(datatype, data, name)
  if (!Array.isArray(data)) throw refusal(name, 'its data must be a typed array or a list')
  // Most lists are flat, and then need no copy.
  const flat = data.some((element) => typeof element === 'object') ? flatten(data, datatype, name).elements : data
  return numericData(datatype, flat, name)
}

function bySpec(value: unknown, spec: TensorSpec): Tensor {
  const { name, datatype } = spec
  const { shape, elements } = flatten(value, datatype, name)
  const data = datatype === 'BYTES' ? bytesData(elements, name) : numericData(datatype, elements, name)
  return tensor(datatype, shape.length === 0 ? scalarShape(spec) : shape, data)
}

/** A bare value stands for a tensor of one element in as many dimensions as the model wants. */
function scalarShape(spec: TensorSpec): number[] {
  if (spec.shape.every((size) => size === -1 || size === 1)) return spec.shape.map(() => 1)
  throw refusal(spec.name, `one value, but the model takes ${describeSpec(spec)}; give a nested list`)
}

function specOf(name: string, { inputs }: Signature): TensorSpec {
  const spec = inputs.find((candidate) => candidate.name === name)
  if (spec !== undefined) return spec
  throw new SlipwayError(
    'INVALID_ARGUMENT',
    `the model has no input ${quoted(name)}; it takes ${inputs.map((input) => `${quoted(input.name)} ${describeSpec(input)}`).join(', ')}`,
  )
}

function refusal(name: string, what: string): SlipwayError {
  return new SlipwayError('INVALID_ARGUMENT', `input ${quoted(name)}: ${what}`)
}
