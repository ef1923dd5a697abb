/** Whether a model gives equal inputs equal answers: one that draws random numbers must not have them kept unasked. */
import type { OperatorUse } from '@slipway/onnx'
import { ServeError, type Tensors } from '@slipway/protocol'
import { agree, type RunModel } from '../batch-proof.ts'

/** ONNX's operators that draw numbers; a seed among their attributes only says where the row of numbers starts. */
const RANDOM: ReadonlySet<string> = new Set([
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
])

/**
 * Why answers must not be kept, if so: by the operators of the graph, else by what two runs of one input show, which finds
 * a dropout left on or an operator of somebody's own. An input that the model refuses shows nothing.
 */
export async function whyNotRepeatable(
  operators: readonly OperatorUse[],
  inputs: Tensors | undefined,
  run: RunModel,
): Promise<string | undefined> {
  const random = operators.find(({ domain, name }) => domain === '' && RANDOM.has(name))
  if (random !== undefined) return `the model draws random numbers (${random.name})`
  if (inputs === undefined) return undefined
  try {
    const first = await run(inputs)
    const second = await run(inputs)
    for (const [name, value] of first) {
      const again = second.get(name)
      if (again === undefined || value.shape.join() !== again.shape.join() || !agree(value, again))
        return `two runs of one input gave two answers (output "${name}")`
    }
  } catch (error) {
    if (!(error instanceof ServeError) || error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED') throw error
  }
  return undefined
}
