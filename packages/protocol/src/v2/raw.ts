/** The raw form of a request: the body is the one input's elements and nothing else. */
import { ServeError } from '../errors.ts'
import { describe } from '../json/ranges.ts'
import { describeSpec, type Signature, type TensorSpec } from '../signature.ts'
import { elementCount, ITEM_BYTES, type Tensor, type Tensors, tensor } from '../tensor.ts'
import { decodeBlob } from './binary.ts'

/** The inputs of a raw body. The model must have one input with at most one free dimension, which the body's length fills; BYTES must be a single element, which has no length before it. */
export function decodeRawTensor(body: Uint8Array, options: { readonly model: string; readonly signature?: Signature }): Tensors {
  const spec = onlyInput(options.signature?.inputs ?? [], options.model)
  return new Map([[spec.name, spec.datatype === 'BYTES' ? singleElement(body, spec) : numbers(body, spec)]])
}

function onlyInput(inputs: readonly TensorSpec[], model: string): TensorSpec {
  const [spec] = inputs
  if (spec === undefined || inputs.length !== 1) refuse(`takes a model with exactly 1 input, but ${model} has ${inputs.length}`)
  if (spec.shape.filter((size) => size < 0).length > 1)
    refuse(`takes an input with at most 1 free dimension, but "${spec.name}" of ${model} is ${describeSpec(spec)}`)
  return spec
}

function singleElement(body: Uint8Array, spec: TensorSpec): Tensor {
  if (spec.shape.some((size) => size >= 0 && size !== 1)) refuse(`takes BYTES of one element, but "${spec.name}" is ${describeSpec(spec)}`)
  const octets = body.constructor === Uint8Array ? body : new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  return tensor(
    'BYTES',
    spec.shape.map(() => 1),
    [octets],
  )
}

function numbers(body: Uint8Array, spec: TensorSpec): Tensor {
  const { datatype, shape } = spec
  const subject = { kind: 'input', name: spec.name }
  const perStep = elementCount(shape.filter((size) => size >= 0)) * ITEM_BYTES[datatype]
  const free = shape.findIndex((size) => size < 0)
  const steps = free === -1 || perStep === 0 ? 1 : body.byteLength / perStep
  if (!Number.isInteger(steps) || steps * perStep !== body.byteLength)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${describe(subject)}: ${describeSpec(spec)} takes ${free === -1 ? '' : 'a multiple of '}${perStep} bytes, but the body has ${body.byteLength}`,
    )
  return decodeBlob(body, { subject, datatype, shape: shape.map((size) => (size < 0 ? steps : size)) })
}

function refuse(problem: string): never {
  throw new ServeError('INVALID_ARGUMENT', `Inference-Header-Content-Length: 0 ${problem}; send the tensor with its JSON part instead`)
}
