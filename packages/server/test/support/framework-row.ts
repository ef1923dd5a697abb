/** One line of docs/frameworks.md. A test reports it when it has compared; `npm run test:frameworks` reads what was reported. */
import { appendFileSync } from 'node:fs'

/** Names the file that rows are added to, one JSON document for each line; nothing is kept where it is not set. */
export const ROWS_VARIABLE = 'FRAMEWORK_ROWS'

export interface FrameworkRow {
  /** As people know it, such as `scikit-learn`. */
  readonly framework: string
  /** The version that was installed; empty when none could be. */
  readonly version: string
  /** The interpreter's version, such as 3.11.7; empty when there was none. */
  readonly python: string
  /** How it got served: as it is, converted to ONNX, or as the project of a packager. */
  readonly way: string
  /** What was asked: datatype and shape of each input. */
  readonly input: string
  /** The largest absolute difference of any number; texts have to be equal. Absent when nothing was compared. */
  readonly maxDifference?: number
  /** How far it may be. */
  readonly tolerance?: number
  /** What building its environment took when it was built last. */
  readonly buildSeconds?: number
  readonly verdict: 'same' | 'differs' | 'not installable'
  /** What was asked by, and what else is worth knowing; for one that is not the same, why. */
  readonly note?: string
}

/** Adds a row to the table of this run. */
export function reportRow(row: FrameworkRow): void {
  const file = process.env[ROWS_VARIABLE]
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`)
}
