/**
 * Joining requests of different lengths: the free dimension that `batching.pad` names is filled up to the longest of a run, and
 * what comes out is cut back to each request's own length.
 */
import { quoted, ServeError, type Signature, type Tensor, type TensorSpec, type Tensors } from '@slipway/protocol'
import { resized } from './resized.ts'
import { joinKey } from './rows.ts'

interface PaddedInput {
  readonly axes: readonly number[]
  readonly value: number
}

export class Ragged {
  /** The name of the padded dimension. */
  readonly symbol: string
  readonly #inputs: ReadonlyMap<string, PaddedInput>
  /** Axes of each output that have the padded dimension's name. */
  readonly #outputs: ReadonlyMap<string, readonly number[]>

  /** Throws INVALID_ARGUMENT when `pad` fits no free dimension of the signature. */
  constructor(signature: Signature, pad: Readonly<Record<string, number>>) {
    this.symbol = symbolOf(signature, pad)
    const axes = (spec: TensorSpec) => spec.symbols.flatMap((symbol, axis) => (axis > 0 && symbol === this.symbol ? [axis] : []))
    const bare = signature.inputs.find((spec) => axes(spec).length > 0 && !Object.hasOwn(pad, spec.name))
    if (bare !== undefined)
      throw wrong(`input ${quoted(bare.name)} has the dimension ${quoted(this.symbol)}, too, so it needs a value to be padded with`)
    this.#inputs = new Map(
      signature.inputs.flatMap((spec) =>
        Object.hasOwn(pad, spec.name) ? [[spec.name, { axes: axes(spec), value: pad[spec.name] as number }]] : [],
      ),
    )
    this.#outputs = new Map(signature.outputs.map((spec) => [spec.name, axes(spec)]))
  }

  /** The length of the padded dimension; undefined where the inputs disagree on it, and then they are left as they are. */
  lengthOf(inputs: Tensors): number | undefined {
    let length: number | undefined
    for (const [name, { axes }] of this.#inputs)
      for (const axis of axes) {
        const own = inputs.get(name)?.shape[axis]
        if (own === undefined || (length !== undefined && own !== length)) return undefined
        length = own
      }
    return length
  }

  /** Equal for requests that may be joined once they are padded. */
  keyOf(inputs: Tensors): string {
    if (this.lengthOf(inputs) === undefined) return joinKey(inputs)
    const anyLength = new Map<string, Tensor>()
    for (const [name, value] of inputs) {
      const { axes = [] } = this.#inputs.get(name) ?? {}
      anyLength.set(name, { ...value, shape: value.shape.map((size, axis) => (axes.includes(axis) ? -1 : size)) })
    }
    return joinKey(anyLength)
  }

  pad(inputs: Tensors, length: number): Tensors {
    if (this.lengthOf(inputs) === length) return inputs
    const padded = new Map<string, Tensor>()
    for (const [name, value] of inputs) {
      const { axes, value: filler } = this.#inputs.get(name) ?? { axes: [], value: 0 }
      padded.set(
        name,
        axes.reduce<Tensor>((tensor, axis) => resized(tensor, { axis, to: length, filler }), value),
      )
    }
    return padded
  }

  /** Outputs of a run of `padded` length, as a request of `length` would have got them. */
  cut(outputs: Tensors, padded: number, length: number): Tensors {
    if (padded === length) return outputs
    const own = new Map<string, Tensor>()
    for (const [name, value] of outputs) {
      const axes = (this.#outputs.get(name) ?? []).filter((axis) => value.shape[axis] === padded)
      own.set(
        name,
        axes.reduce<Tensor>((tensor, axis) => resized(tensor, { axis, to: length, filler: 0 }), value),
      )
    }
    return own
  }
}

const wrong = (why: string) => new ServeError('INVALID_ARGUMENT', `batching.pad: ${why}`)

/** The name of the one dimension that all of `pad` have free. */
function symbolOf({ inputs }: Signature, pad: Readonly<Record<string, number>>): string {
  const found = new Set<string>()
  for (const name of Object.keys(pad)) {
    const spec = inputs.find((input) => input.name === name)
    if (spec === undefined)
      throw wrong(`the model has no input ${quoted(name)}; its inputs are ${inputs.map((input) => quoted(input.name)).join(', ')}`)
    if (spec.datatype === 'BYTES') throw wrong(`input ${quoted(name)} is text, and only numbers can be padded`)
    const free = spec.shape.flatMap((size, axis) => (axis > 0 && size === -1 ? [spec.symbols[axis]] : []))
    if (free.length === 0) throw wrong(`input ${quoted(name)} has no free dimension after the first, so there is nothing to pad`)
    for (const symbol of free) {
      if (symbol === null || symbol === undefined)
        throw wrong(
          `a free dimension of input ${quoted(name)} has no name, so it cannot be found in the outputs; export the model with names`,
        )
      found.add(symbol)
    }
  }
  const [first, second] = found
  if (first === undefined) throw wrong('names no input; remove it, or give one with the value that it is padded with')
  if (second !== undefined)
    throw wrong(`its inputs have the free dimensions ${quoted(first)} and ${quoted(second)}, and only one can be padded`)
  return first
}
