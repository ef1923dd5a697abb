/** Proves on the opened model that padding a request changes no answer: a run as it is and a run padded, cut back, must agree. */
import { ServeError, type Tensor, type Tensors } from '@slipway/protocol'
import { agree, type BatchProof, type RunModel } from './batch-proof.ts'
import type { Ragged } from './batching/ragged.ts'

/** Samples that must agree. */
const ENOUGH = 4
/** Lengths are padded to about so many times their own. */
const LONGER = [1.25, 2] as const

/** Samples that the model refuses as they are are passed over; one that it refuses padded is a verdict. */
export async function proveRagged(run: RunModel, samples: Iterable<Tensors>, ragged: Ragged): Promise<BatchProof> {
  let agreed = 0
  let refused = 'there were no inputs to try'
  for (const inputs of samples) {
    const length = ragged.lengthOf(inputs)
    if (length === undefined || length === 0) continue
    const alone = await ranOrRefused(run, inputs)
    if (typeof alone === 'string') {
      refused = alone
      continue
    }
    for (const times of LONGER) {
      const longer = Math.ceil(length * times) + 1
      const padded = await ranOrRefused(run, ragged.pad(inputs, longer))
      if (typeof padded === 'string') return { proven: false, why: `the model refuses a padded request (${padded})` }
      const different = differing(alone, ragged.cut(padded, longer, length))
      if (different !== undefined)
        return { proven: false, why: `output "${different}" changes when ${length} of "${ragged.symbol}" are padded to ${longer}` }
    }
    agreed += 1
    if (agreed >= ENOUGH) break
  }
  if (agreed > 0) return { proven: true }
  return { proven: false, why: `no input ran, so it could not be proven that padding changes no answer (${refused})` }
}

/** Outputs, or what the model said. */
async function ranOrRefused(run: RunModel, inputs: Tensors): Promise<Tensors | string> {
  try {
    return await run(inputs)
  } catch (error) {
    if (!(error instanceof ServeError) || error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED') throw error
    return error.message
  }
}

function differing(alone: Tensors, padded: Tensors): string | undefined {
  for (const [name, value] of alone) if (!agree(value, padded.get(name) as Tensor)) return name
  return undefined
}
