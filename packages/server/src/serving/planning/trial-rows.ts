/** Inputs of one row to measure a model with. */
import type { Tensors } from '@slipway/protocol'
import type { ModelPackage } from '../../models/package.ts'
import { exampleInputs } from '../example-inputs.ts'
import { sampleInputs } from '../samples.ts'

/** Sizes of free dimensions, in this order until the model takes one: as long as a sentence, or an image. */
const FREE = [32, 224, 8, 16, 1]

/** The package's own examples, those of one row where rows are joined. */
export function exampleRows(pkg: ModelPackage, joined: boolean): readonly Tensors[] {
  return exampleInputs(pkg).filter((inputs) => !joined || [...inputs.values()].every(({ shape }) => shape[0] === 1))
}

/** Made from the signature; the model may not take the first, as free dimensions are guessed. */
export function generatedRows(pkg: ModelPackage): readonly Tensors[] {
  return FREE.map((free) => sampleInputs(pkg.facts.signature, 1, { seed: 1, free }))
}

/** Octets of all tensors of a row. */
export function octetsOf(row: Tensors | undefined): number {
  let octets = 0
  for (const { data } of row?.values() ?? [])
    octets += Array.isArray(data) ? data.reduce((sum, one: Uint8Array) => sum + one.byteLength, 0) : (data as Uint8Array).byteLength
  return octets
}
