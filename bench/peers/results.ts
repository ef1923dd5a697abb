/** What was measured so far, on disk, so that an interrupted run goes on where it stopped. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BareSample } from './bare.ts'
import type { Sample } from './sample.ts'

export const RESULTS = join(import.meta.dirname, '..', '.results', 'peers.json')

export interface Results {
  /** What tells one run from another: its options, and the commit it measures. */
  readonly run: string
  readonly startedAt: string
  /** Versions by contender. */
  versions: Record<string, string>
  /** Why a contender could not be installed. */
  missing: Record<string, string>
  samples: Sample[]
  bare: BareSample[]
  complete: boolean
}

export const emptyResults = (run: string): Results => ({
  run,
  startedAt: new Date().toISOString(),
  versions: {},
  missing: {},
  samples: [],
  bare: [],
  complete: false,
})

export function readResults(file: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results
  } catch {
    return undefined
  }
}

/** The results of an interrupted run of the same options and commit, or fresh ones. */
export function resumeResults(file: string, run: string): Results {
  const found = readResults(file)
  return found !== undefined && found.run === run && !found.complete ? found : emptyResults(run)
}

export function saveResults(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.partial`, `${JSON.stringify(results, undefined, 1)}\n`)
  renameSync(`${file}.partial`, file)
}
