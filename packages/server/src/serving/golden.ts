/** Golden tests: the examples of a package that say what the answer is, run when the version is opened. */
import { decodeInferResponse, quoted, ServeError, type Tensors } from '@slipway/protocol'
import { namedElements } from '../models/elements.ts'
import type { Example } from '../models/examples.ts'
import type { ModelPackage } from '../models/package.ts'
import { createParity, type DifferingRow } from '../models/parity.ts'
import { inputsOf } from './example-inputs.ts'

/** One sentence for each example whose answer is another than its file says. `run` asks the opened model. */
export async function checkGolden(pkg: ModelPackage, run: (inputs: Tensors) => Promise<Tensors>): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const example of pkg.examples) {
    if (example.response === undefined) continue
    const found = await check(example, pkg, run)
    if (found !== undefined) wrong.push(`example ${quoted(example.name)}: ${found}`)
  }
  return wrong
}

/** Rejects with what a version is refused for when golden examples fail. */
export function refuseGolden(wrong: readonly string[]): void {
  if (wrong.length === 0) return
  const more = wrong.length > 3 ? `; and ${wrong.length - 3} more` : ''
  throw new ServeError(
    'FAILED_PRECONDITION',
    `its answers are not those of its examples: ${wrong.slice(0, 3).join('; ')}${more}. Mend the model, or the examples where they are out of date; "golden: warn" in model.yaml serves it nevertheless`,
  )
}

async function check(example: Example, pkg: ModelPackage, run: (inputs: Tensors) => Promise<Tensors>): Promise<string | undefined> {
  const inputs = inputsOf(example, pkg)
  if (inputs === undefined) return undefined
  const expected = [...decodeInferResponse(Buffer.from(JSON.stringify(example.response))).outputs]
  const parity = createParity({ tolerance: example.tolerance })
  try {
    const answered = await run(inputs)
    const given = expected.flatMap(([name]) => {
      const value = answered.get(name)
      return value === undefined ? [] : [namedElements(name, value)]
    })
    parity.add({ rows: rowsOf(inputs), reference: expected.map(([name, value]) => namedElements(name, value)), candidate: given })
  } catch (error) {
    // A replica that is gone or too slow is no wrong answer.
    if (!(error instanceof ServeError) || error.code === 'UNAVAILABLE' || error.code === 'DEADLINE_EXCEEDED') throw error
    return `it is refused: ${error.message}`
  }
  const { agrees, why, worst } = parity.report()
  return agrees ? undefined : `${why}${atWorst(worst[0])}`
}

const atWorst = (row: DifferingRow | undefined) =>
  row === undefined ? '' : `, in row ${row.row} ${text(row.candidate)} for ${text(row.reference)}`

const text = (element: unknown) => (typeof element === 'string' ? quoted(element) : String(element))

function rowsOf(inputs: Tensors): number {
  const [first] = inputs.values()
  return first?.shape[0] ?? 1
}
