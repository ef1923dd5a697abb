/** What the original answered, row by row, against what the converted model answers in a replica as serving it would. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { decodeInferRequest, decodeInferResponse, ServeError, sliceRows, type Tensors } from '@slipway/protocol'
import { type NamedElements, namedElements } from '../models/elements.ts'
import { createParity, type Parity, type ParityReport } from '../models/parity.ts'

export interface ProofOptions {
  /** Lines of rows, inputs and outputs of the original. */
  readonly file: string
  readonly tolerance: number
  /** The converted model. */
  readonly ask: (inputs: Tensors) => Promise<readonly NamedElements[]>
  readonly onRows: (done: number) => void
}

interface Chunk {
  readonly rows: number
  readonly inputs: Tensors
  readonly reference: Tensors
}

export async function prove({ file, tolerance, ask, onRows }: ProofOptions): Promise<ParityReport> {
  const parity = createParity({ tolerance })
  let done = 0
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue
    const { rows, inputs, outputs } = JSON.parse(line) as { readonly rows: number; readonly inputs: unknown; readonly outputs: unknown }
    const given = decodeInferRequest(Buffer.from(JSON.stringify({ inputs })), { model: 'model' }).request.inputs
    await compare(
      parity,
      { rows, inputs: given, reference: decodeInferResponse(Buffer.from(JSON.stringify({ outputs, model_name: 'original' }))).outputs },
      ask,
    )
    done += rows
    onRows(done)
  }
  return parity.report()
}

async function compare(parity: Parity, chunk: Chunk, ask: ProofOptions['ask']): Promise<void> {
  const { rows, inputs, reference } = chunk
  try {
    parity.add({ rows, reference: named(reference), candidate: await ask(inputs) })
  } catch (error) {
    if (!(error instanceof ServeError) || error.code === 'UNAVAILABLE') throw error
    if (rows === 1) return parity.refused({ rows, by: 'candidate', message: error.message })
    // Which of them it is.
    for (let row = 0; row < rows; row++) await compare(parity, { rows: 1, inputs: cut(inputs, row), reference: cut(reference, row) }, ask)
  }
}

const cut = (tensors: Tensors, row: number): Tensors => new Map([...tensors].map(([name, value]) => [name, sliceRows(value, row, row + 1)]))

const named = (tensors: Tensors): readonly NamedElements[] => [...tensors].map(([name, value]) => namedElements(name, value))
