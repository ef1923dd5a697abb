/** Asks two models the same and compares what they say. */
import { ServeError, sliceRows, type Tensors } from '@slipway/protocol'
import { createParity, type ParityReport } from '../models/parity.ts'
import type { Progress } from './output.ts'
import type { Predictor } from './predictor.ts'

/** The same rows, as each of the two takes them. */
export interface ParityRows {
  readonly reference: Tensors
  readonly candidate: Tensors
}

export interface ParityRun {
  readonly reference: Predictor
  readonly candidate: Predictor
  readonly data: readonly ParityRows[]
  readonly tolerance: number
  /** Called with the rows done so far. */
  readonly progress: Pick<Progress, 'at'>
}

/** Rows asked for at once. */
const CHUNK = 64

export async function runParity({ reference, candidate, data, tolerance, progress }: ParityRun): Promise<ParityReport> {
  const parity = createParity({ tolerance })
  let done = 0
  const compare = async (part: ParityRows): Promise<void> => {
    const rows = rowsOf(part)
    const [ours, theirs] = await Promise.all([ask(reference, part.reference), ask(candidate, part.candidate)])
    if ('outputs' in ours && 'outputs' in theirs) parity.add({ rows, reference: ours.outputs, candidate: theirs.outputs })
    else if (rows > 1 && canBeCut(part)) {
      for (let row = 0; row < rows; row++) await compare(cut(part, row, row + 1))
      return
    } else parity.refused({ rows, ...whoRefused(ours, theirs) })
    done += rows
    progress.at(done)
  }
  for (const part of data) for (const chunk of chunks(part)) await compare(chunk)
  return parity.report()
}

type Asked = Pick<Awaited<ReturnType<Predictor['predict']>>, 'outputs'> | { readonly refused: string }

/** A refusal of the inputs is an answer to compare; anything else ends the comparison. */
async function ask(predictor: Predictor, inputs: Tensors): Promise<Asked> {
  try {
    return await predictor.predict(inputs)
  } catch (error) {
    const isAnswer = error instanceof ServeError && (error.code === 'INVALID_ARGUMENT' || error.code === 'INTERNAL')
    const isRemote =
      error instanceof Error && error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'INVALID_ARGUMENT'
    if (!isAnswer && !isRemote) throw error
    return { refused: error.message }
  }
}

function whoRefused(ours: Asked, theirs: Asked): { readonly by: 'reference' | 'candidate' | 'both'; readonly message: string } {
  const message = 'refused' in theirs ? theirs.refused : 'refused' in ours ? ours.refused : ''
  return { by: 'refused' in ours ? ('refused' in theirs ? 'both' : 'reference') : 'candidate', message }
}

export const rowsOf = ({ reference }: ParityRows): number => [...reference.values()][0]?.shape[0] ?? 1

/** Every input has the same first size. */
function canBeCut(part: ParityRows): boolean {
  const sizes = [...part.reference.values(), ...part.candidate.values()].map(({ shape }) => shape[0])
  return sizes.length > 0 && sizes.every((size) => size !== undefined && size === sizes[0])
}

function* chunks(part: ParityRows): Generator<ParityRows> {
  const rows = rowsOf(part)
  if (rows <= CHUNK || !canBeCut(part)) yield part
  else for (let from = 0; from < rows; from += CHUNK) yield cut(part, from, Math.min(rows, from + CHUNK))
}

function cut({ reference, candidate }: ParityRows, from: number, to: number): ParityRows {
  const side = (tensors: Tensors) => new Map([...tensors].map(([name, value]) => [name, sliceRows(value, from, to)]))
  return { reference: side(reference), candidate: side(candidate) }
}
