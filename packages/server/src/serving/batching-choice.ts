/** What is decided about joining when a model has been opened: from its signature, its manifest, and runs that must agree. */
import { quoted, ServeError, type Tensors } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { freed, withFreeRows } from '../models/fixed-rows.ts'
import type { ModelPackage } from '../models/package.ts'
import type { ModelSettings } from '../models/settings.ts'
import { type BatchProof, proveBatching, type RunModel } from './batch-proof.ts'
import { Ragged } from './batching/ragged.ts'
import { exampleInputs } from './example-inputs.ts'
import { proveRagged } from './ragged-proof.ts'
import { FREE_SIZES, sampleInputs } from './samples.ts'

export interface BatchingChoice {
  readonly on: boolean
  /** Most rows in one run; 0 where requests are runs of their own. */
  readonly maxRows: number
  /** Why, for people. */
  readonly why: string
  /** What requests are held against: with free rows where runs are filled up. */
  readonly package: ModelPackage
  /** How lengths are joined, where that is proven. */
  readonly ragged: Ragged | undefined
  /** Why lengths are not joined although the manifest asks for it. */
  readonly raggedRefused: string | undefined
  /** Requests may differ in more than their rows. */
  readonly mixedShapes: boolean
}

/** Throws INVALID_ARGUMENT when `batching.pad` fits nothing in the signature, or has no effect. */
export function raggedOf(pkg: ModelPackage, { batching: { pad, maxRows } }: Pick<ModelSettings, 'batching'>): Ragged | undefined {
  if (pad !== undefined && maxRows === 1)
    throw new ServeError('INVALID_ARGUMENT', 'batching.pad has no effect with batching.maxRows 1; remove one of them')
  return pad === undefined ? undefined : new Ragged(pkg.facts.signature, pad)
}

export async function chooseBatching(
  given: ModelPackage,
  settings: Pick<ModelSettings, 'batching'>,
  { run, clock }: { readonly run: RunModel; readonly clock: Pick<Clock, 'monotonic'> },
): Promise<BatchingChoice> {
  const { maxRows } = settings.batching
  const wanted = given.fixedRows !== undefined && maxRows > 1 ? withRows(given) : given
  const proof = await proofOf(wanted, maxRows, run, clock)
  const pkg = proof.proven ? wanted : given
  const off = { on: false, maxRows: 0, package: pkg, ragged: undefined, mixedShapes: mayDiffer(pkg) }
  const asked = raggedOf(pkg, settings)
  if (!proof.proven) return { ...off, why: proof.why, raggedRefused: asked === undefined ? undefined : proof.why }
  const lengths = asked === undefined ? undefined : await proveRagged(run, samples(pkg), asked)
  const ragged = lengths?.proven === true ? asked : undefined
  const raggedRefused = lengths?.proven === false ? lengths.why : undefined
  const why = [
    'a run of two rows gave each the answer it gets alone',
    ...(pkg.fixedRows === undefined ? [] : [`the model takes ${pkg.fixedRows} rows, and runs of fewer are filled up`]),
    ...(ragged === undefined ? [] : [`lengths are joined where padding ${quoted(ragged.symbol)} costs less than runs apart`]),
    ...(raggedRefused === undefined ? [] : [`lengths are not joined: ${raggedRefused}`]),
  ].join('; ')
  const most = Math.min(maxRows, pkg.fixedRows ?? maxRows)
  return { ...off, on: true, maxRows: most, why, ragged, raggedRefused }
}

function withRows(pkg: ModelPackage): ModelPackage {
  const { facts } = pkg
  return {
    ...pkg,
    facts: { ...facts, signature: withFreeRows(facts.signature), batch: { batchable: true, symbol: 'batch' } },
    inputs: pkg.inputs.map(freed),
    outputs: pkg.outputs.map(freed),
  }
}

async function proofOf(pkg: ModelPackage, maxRows: number, run: RunModel, clock: Pick<Clock, 'monotonic'>): Promise<BatchProof> {
  const { batch } = pkg.facts
  if (!batch.batchable) return { proven: false, why: batch.why }
  if (maxRows === 1) return { proven: false, why: 'batching.maxRows is 1' }
  return proveBatching(run, pairs(pkg), clock)
}

const MOST_EXAMPLES = 6

const single = (pkg: ModelPackage): readonly Tensors[] =>
  exampleInputs(pkg).filter((inputs) => [...inputs.values()].every((value) => value.shape[0] === 1))

/** Pairs of the package's own examples first, then generated ones around several middles, since a model may treat signs apart. */
function* pairs(pkg: ModelPackage): Generator<readonly [Tensors, Tensors]> {
  const examples = single(pkg)
  for (let index = 0; index + 1 < Math.min(examples.length, MOST_EXAMPLES); index += 2)
    yield [examples[index] as Tensors, examples[index + 1] as Tensors]
  const { signature } = pkg.facts
  const anyFree = signature.inputs.some((spec) => spec.shape.slice(1).includes(-1))
  for (const free of anyFree ? FREE_SIZES : FREE_SIZES.slice(0, 1)) {
    for (const [seed, middles] of MIDDLES.entries()) {
      const [a, b] = middles.map((around, index) => sampleInputs(signature, 1, { seed: 2 * seed + index, free, around }))
      yield [a as Tensors, b as Tensors]
    }
  }
}

/** Rows to be run with and without padding. */
function* samples(pkg: ModelPackage): Generator<Tensors> {
  yield* single(pkg).slice(0, MOST_EXAMPLES)
  for (const free of FREE_SIZES)
    for (const [seed, [around]] of MIDDLES.entries()) yield sampleInputs(pkg.facts.signature, 1, { seed, free, around })
}

const MIDDLES: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, -1],
  [-1, 3],
  [0, 0],
  [-2, 1],
  [5, -5],
]

/** Requests of a signature without further free dimensions or encoded forms can always be joined; one with optional inputs is never batched. */
export function mayDiffer(pkg: ModelPackage): boolean {
  return (
    pkg.transforms.length > 0 || pkg.facts.signature.inputs.some((spec) => spec.unknownRank === true || spec.shape.slice(1).includes(-1))
  )
}
