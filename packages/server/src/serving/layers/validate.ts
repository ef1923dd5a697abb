/** Holds a request against the model's signature before it costs anything. */
import {
  type InferRequest,
  type InferResponse,
  type InputInfo,
  quoted,
  type RequestedOutput,
  ServeError,
  type Signature,
  type Tensor,
  type TensorSpec,
  type Tensors,
} from '@slipway/protocol'
import type { CallContext, Layer } from '../infer.ts'
import { wholeInputs } from '../whole-body.ts'

interface CheckedInput {
  readonly spec: TensorSpec
  /** True when encoded bytes may stand in for the tensor. */
  readonly encoded: boolean
}

/** Refuses unknown, missing and misshapen inputs and unknown outputs; keeps only the outputs asked for. A whole body is the model's own to refuse. */
export function validate(model: string, signature: Signature, inputs: readonly InputInfo[]): Layer {
  const specs = new Map<string, CheckedInput>()
  for (const spec of signature.inputs)
    specs.set(spec.name, { spec, encoded: inputs.some((input) => input.name === spec.name && input.as.kind === 'image') })
  const outputs = new Set(signature.outputs.map((output) => output.name))
  return (next) => {
    const chosen = async (request: InferRequest, wanted: readonly RequestedOutput[], context: CallContext): Promise<InferResponse> => {
      checkOutputs(model, outputs, wanted)
      const response = await next(request, context)
      return { ...response, outputs: new Map(wanted.map(({ name }) => [name, response.outputs.get(name) as Tensor])) }
    }
    // Most requests name no outputs: theirs is the answer as it comes, without a promise of this layer's own.
    return (request, context) => {
      if (request.body !== undefined) return next({ ...request, inputs: wholeInputs(request.body) }, context)
      try {
        checkInputs(model, specs, request.inputs)
      } catch (error) {
        return Promise.reject(error)
      }
      const wanted = request.outputs
      return wanted === undefined || wanted.length === 0 ? next(request, context) : chosen(request, wanted, context)
    }
  }
}

function checkInputs(model: string, specs: ReadonlyMap<string, CheckedInput>, inputs: Tensors): void {
  let known = 0
  for (const [name, { spec, encoded }] of specs) {
    const value = inputs.get(name)
    if (value !== undefined) {
      known += 1
      checkTensor(model, spec, encoded, value)
    } else if (spec.optional !== true) {
      throw new ServeError(
        'INVALID_ARGUMENT',
        `model ${quoted(model)} needs the input ${quoted(name)} (${shapeText(spec)}); the request has ${listed(inputs.keys())}`,
      )
    }
  }
  if (known === inputs.size) return
  const unknown = [...inputs.keys()].find((name) => !specs.has(name)) as string
  throw new ServeError('INVALID_ARGUMENT', `model ${quoted(model)} has no input ${quoted(unknown)}; its inputs are ${listed(specs.keys())}`)
}

function checkTensor(model: string, spec: TensorSpec, encoded: boolean, value: Tensor): void {
  if (encoded && value.datatype === 'BYTES' && spec.datatype !== 'BYTES') {
    if (value.shape.length === 1) return
    throw new ServeError(
      'INVALID_ARGUMENT',
      `input ${quoted(spec.name)} of model ${quoted(model)}: encoded images are BYTES [n], one for each row; got shape [${value.shape.join(', ')}]`,
    )
  }
  if (value.datatype !== spec.datatype) {
    throw new ServeError(
      'INVALID_ARGUMENT',
      `input ${quoted(spec.name)} of model ${quoted(model)}: expected datatype ${spec.datatype}, got ${value.datatype}`,
    )
  }
  const { shape } = value
  let fits = shape.length === spec.shape.length
  for (let axis = 0; fits && axis < shape.length; axis++) fits = spec.shape[axis] === -1 || spec.shape[axis] === shape[axis]
  if (!fits && spec.unknownRank !== true) {
    throw new ServeError(
      'INVALID_ARGUMENT',
      `input ${quoted(spec.name)} of model ${quoted(model)}: expected shape [${spec.shape.join(', ')}], got [${shape.slice(0, 32).join(', ')}]`,
    )
  }
}

function checkOutputs(model: string, outputs: ReadonlySet<string>, wanted: readonly RequestedOutput[]): void {
  const unknown = wanted.find(({ name }) => !outputs.has(name))
  if (unknown !== undefined)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `model ${quoted(model)} has no output ${quoted(unknown.name)}; its outputs are ${listed(outputs)}`,
    )
}

const shapeText = (spec: TensorSpec) => `${spec.datatype} [${spec.shape.join(', ')}]`
const MOST_LISTED = 20

function listed(names: Iterable<string>): string {
  const all = [...names]
  if (all.length === 0) return 'none'
  const shown = all.slice(0, MOST_LISTED).map(quoted).join(', ')
  return all.length > MOST_LISTED ? `${shown} and ${all.length - MOST_LISTED} more` : shown
}
