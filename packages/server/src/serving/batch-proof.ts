/**
 * Proves on the opened model that joining rows changes no answer: a run of a, a run of b and a run of a and b together
 * must agree. A model that averages over its batch has the right signature and fails here.
 */
import { type BytesData, concatRows, numbersOf, ServeError, sliceRows, type Tensor, type Tensors } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'

export type RunModel = (inputs: Tensors) => Promise<Tensors>
export type BatchProof = { readonly proven: true } | { readonly proven: false; readonly why: string }

/** Relative difference that kernels may show between batch sizes, which add up in another order. */
const RELATIVE = 1e-3
/** Absolute floor, as a part of the largest value in the tensor. */
const OF_LARGEST = 1e-5

/** Pairs that must agree; one alone can agree by chance, as in a model that branches on the sign of its batch's sum. */
const ENOUGH = 6
/** Slow models are believed after two pairs once this is spent (ms). */
const BUDGET_MS = 1000

/** `pairs` are inputs of one row each; those that the model refuses are passed over. */
export async function proveBatching(
  run: RunModel,
  pairs: Iterable<readonly [Tensors, Tensors]>,
  clock: Pick<Clock, 'monotonic'>,
): Promise<BatchProof> {
  const startedAt = clock.monotonic()
  let agreed = 0
  let refused = 'there were no inputs to try'
  for (const [a, b] of pairs) {
    try {
      const both = new Map([...a].map(([name, value]) => [name, concatRows([value, b.get(name) as Tensor])]))
      const verdict = compare(await run(a), await run(b), await run(both))
      if (!verdict.proven) return verdict
      agreed += 1
    } catch (error) {
      if (!(error instanceof ServeError) || error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED') throw error
      refused = error.message
    }
    if (agreed >= ENOUGH || (agreed >= 2 && clock.monotonic() - startedAt > BUDGET_MS)) break
  }
  if (agreed > 0) return { proven: true }
  return {
    proven: false,
    why: `no generated input ran, so it could not be proven that joined rows get the same answers; give an example in the package's examples folder (${refused})`,
  }
}

function compare(ofA: Tensors, ofB: Tensors, ofBoth: Tensors): BatchProof {
  for (const [name, joined] of ofBoth) {
    if (joined.shape[0] !== 2)
      return {
        proven: false,
        why: `output "${name}" has shape [${joined.shape.join(', ')}] for two rows, so its rows cannot be told apart`,
      }
    for (const [row, alone] of [ofA.get(name), ofB.get(name)].entries()) {
      if (alone === undefined || !agree(alone, sliceRows(joined, row, row + 1))) {
        return { proven: false, why: `output "${name}" of a row changes with the other rows in its run, so requests must not be joined` }
      }
    }
  }
  return { proven: true }
}

/** Equal but for what kernels differ by when they add up in another order. */
export function agree(a: Tensor, b: Tensor): boolean {
  if (a.data.length !== b.data.length || a.shape.slice(1).join() !== b.shape.slice(1).join()) return false
  if (a.datatype === 'BYTES')
    return a.data.every((element, index) => Buffer.compare(element, (b.data as BytesData)[index] as Uint8Array) === 0)
  const [left, right] = [numbersOf(a), numbersOf(b)]
  const largest = left.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0)
  const exact = a.datatype !== 'FP16' && a.datatype !== 'BF16' && a.datatype !== 'FP32' && a.datatype !== 'FP64'
  // Half precision keeps 11 or 8 bits, so its last bit is far above the tolerance of FP32.
  const looser = a.datatype === 'BF16' ? 32 : a.datatype === 'FP16' ? 4 : 1
  return left.every((value, index) => {
    const other = right[index] as number
    if (Object.is(value, other) || value === other) return true
    if (exact) return false
    return Math.abs(value - other) <= looser * (RELATIVE * Math.abs(value) + OF_LARGEST * largest)
  })
}
