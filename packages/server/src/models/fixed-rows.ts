/** Models that were exported with a fixed number of rows, such as 8: a run of fewer is filled up, so that requests of any number can be served. */
import type { Signature, TensorSpec } from '@slipway/protocol'

/** The first dimension that all inputs and outputs share; undefined when there is none above 1. */
export function fixedRowsOf({ inputs, outputs }: Signature): number | undefined {
  const [first] = inputs
  const rows = first?.shape[0]
  if (rows === undefined || rows <= 1) return undefined
  const all = [...inputs, ...outputs]
  return all.every((spec) => spec.unknownRank !== true && spec.optional !== true && spec.shape[0] === rows) ? rows : undefined
}

/** The same with a free first dimension everywhere. */
export function withFreeRows({ inputs, outputs }: Signature): Signature {
  return { inputs: inputs.map(freed), outputs: outputs.map(freed) }
}

export const freed = <Spec extends TensorSpec>(spec: Spec): Spec => ({
  ...spec,
  shape: [-1, ...spec.shape.slice(1)],
  symbols: ['batch', ...spec.symbols.slice(1)],
})
