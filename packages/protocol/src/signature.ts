/** What a model takes and gives: named inputs and outputs with datatype and shape. */
import type { Datatype } from './tensor.ts'

export interface TensorSpec {
  readonly name: string
  readonly datatype: Datatype
  /** -1 marks a free dimension. */
  readonly shape: readonly number[]
  /** The names of free dimensions where the model gives them (`batch`, `seq`), else null; as long as `shape`. */
  readonly symbols: readonly (string | null)[]
  /** True for an input that the model gives a default for. */
  readonly optional?: boolean
  /** True when the file does not say how many dimensions there are; `shape` is [] then. */
  readonly unknownRank?: boolean
}

export interface Signature {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
}

/** `FP32 [batch, 64]`, as people read it. */
export function describeSpec(spec: TensorSpec): string {
  if (spec.unknownRank === true) return `${spec.datatype} [any shape]`
  return `${spec.datatype} [${spec.shape.map((size, axis) => (size >= 0 ? String(size) : (spec.symbols[axis] ?? '?'))).join(', ')}]`
}
