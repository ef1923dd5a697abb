/** Runs of a model that takes one number of rows only: missing ones are copies of the first, and their answers are cut off. */
import { concatRows, sliceRows, type Tensor, type Tensors } from '@slipway/protocol'

/** `run` is asked for `fixedRows` rows whatever `inputs` has, unless it has none or more. */
export async function filled(inputs: Tensors, fixedRows: number | undefined, run: (inputs: Tensors) => Promise<Tensors>): Promise<Tensors> {
  const rows = inputs.values().next().value?.shape[0] ?? 0
  if (fixedRows === undefined || rows === 0 || rows >= fixedRows) return run(inputs)
  const full = new Map<string, Tensor>()
  for (const [name, value] of inputs)
    full.set(name, concatRows([value, ...new Array<Tensor>(fixedRows - rows).fill(sliceRows(value, 0, 1))]))
  const outputs = new Map<string, Tensor>()
  for (const [name, value] of await run(full)) outputs.set(name, value.shape[0] === fixedRows ? sliceRows(value, 0, rows) : value)
  return outputs
}
