/** Finds the test files and runs them in waves, so that what measures time is not crowded by what eats it. */
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { run } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import type { Report } from './reporter.ts'
import { inRoot, ROOT } from './workspace.ts'

const PATTERNS = ['packages/*/test/**/*.test.ts', 'examples/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/test/**/*.test.ts']
/** Too heavy for every run: `npm run test:frameworks` has them. */
const FRAMEWORKS = 'packages/server/test/frameworks/**'
const SOURCE_CHECKS = 'scripts/test/checks.test.ts'
const FILE_LIMIT_MS = 6 * 60_000

export interface Wave {
  readonly files: readonly string[]
  readonly concurrency: number
}

/** All test files, relative to the repository; `only` keeps those whose path holds that text. */
export function findTests(only?: string): readonly string[] {
  const found = globSync(PATTERNS, { cwd: ROOT, exclude: ['**/node_modules/**', '**/.venv/**', FRAMEWORKS] })
  return found.filter((path) => only === undefined || path.includes(only)).sort()
}

/** Checks of the sources first, then what is quick side by side, then one by one what starts servers, browsers and npm. */
export function wavesOf(files: readonly string[]): readonly Wave[] {
  const isHeavy = (path: string) => /\/e2e\/|\/pack[^/]*\.test\.ts$/.test(path)
  const waves = [
    { files: files.filter((path) => path === SOURCE_CHECKS), concurrency: 1 },
    { files: files.filter((path) => path !== SOURCE_CHECKS && !isHeavy(path)), concurrency: availableParallelism() },
    { files: files.filter(isHeavy), concurrency: 1 },
  ]
  return waves.filter((wave) => wave.files.length > 0)
}

/** Runs one wave to its end and hands every event to the report. */
export async function runWave(wave: Wave, report: Report): Promise<void> {
  const events = run({ files: wave.files.map((path) => inRoot(path)), concurrency: wave.concurrency, timeout: FILE_LIMIT_MS })
  for await (const event of events as AsyncIterable<TestEvent>) report.take(event)
}
