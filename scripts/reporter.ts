/** Reports a run of node:test for people: a line for each file, every failure in full, and node's closing figures last. */
import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'
import { ROOT } from './workspace.ts'

const FIGURES = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const
type Figures = Record<(typeof FIGURES)[number], number>

const colour = process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === ''
const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
const shortPath = (file: string | undefined): string => (file === undefined ? '' : relative(ROOT, file))

type Failed = Extract<TestEvent, { type: 'test:fail' }>['data']

/** Failures of a parent that only say that a child failed are left out: the child tells. */
function isEcho(failed: Failed): boolean {
  return (failed.details.error as { failureType?: string }).failureType === 'subtestsFailed'
}

/** The error's own words and the frames of this repository; node's inner frames say nothing to a reader. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { colors: colour, depth: 5 })
  const stack = (error.stack ?? error.message).replaceAll(/\n +at [^\n]*node:internal[^\n]*/g, '')
  return error.cause === undefined ? stack : `${stack}\ncaused by: ${wordsOf(error.cause)}`
}

function describe(failed: Failed): string {
  const error = (failed.details.error as { cause?: unknown }).cause ?? failed.details.error
  return `${paint(31, `✖ ${shortPath(failed.file)} › ${failed.name}`)}\n${wordsOf(error).replaceAll(/^/gm, '    ')}\n`
}

/** Collects the events of one or more runs. `print` gets whole lines. */
export class Report {
  readonly #print: (line: string) => void
  readonly #startedAt = performance.now()
  readonly #failures: string[] = []
  readonly #skipped: string[] = []
  readonly #printed = new Map<string, string>()
  readonly #total: Figures = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 }

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  /** Skipped tests, each with its reason. */
  get skipped(): readonly string[] {
    return this.#skipped
  }

  get failed(): number {
    return this.#total.fail + this.#total.cancelled
  }

  get tests(): number {
    return this.#total.tests
  }

  take(event: TestEvent): void {
    if (event.type === 'test:fail' && !isEcho(event.data)) this.#failures.push(describe(event.data))
    if (event.type === 'test:pass' && event.data.skip !== undefined)
      this.#skipped.push(`${shortPath(event.data.file)} › ${event.data.name}: ${event.data.skip}`)
    if (event.type === 'test:stdout' || event.type === 'test:stderr')
      this.#printed.set(event.data.file, (this.#printed.get(event.data.file) ?? '') + event.data.message)
    if (event.type === 'test:summary') this.#summarise(event.data)
  }

  #summarise(data: Extract<TestEvent, { type: 'test:summary' }>['data']): void {
    const { counts } = data
    if (data.file === undefined) {
      const fail = counts.tests - counts.passed - counts.cancelled - counts.skipped - counts.todo
      const figures: Figures = { ...counts, pass: counts.passed, fail }
      for (const figure of FIGURES) this.#total[figure] += figures[figure]
      return
    }
    const file = data.file
    const mark = data.success ? paint(32, '✔') : paint(31, '✖')
    this.#print(`${mark} ${shortPath(file)} ${paint(90, `(${counts.tests} tests, ${(data.duration_ms / 1000).toFixed(1)} s)`)}`)
    const printed = this.#printed.get(file)
    if (!data.success && printed !== undefined) this.#print(printed.trimEnd().replaceAll(/^/gm, '    │ '))
    this.#printed.delete(file)
  }

  /** Prints the failures, the skipped and node's closing lines. `strict`: a skipped test is a failure. True when all is well. */
  close(strict: 'strict' | 'lenient'): boolean {
    if (this.#failures.length > 0) this.#print(`\nfailing:\n\n${this.#failures.join('\n')}`)
    if (this.#skipped.length > 0) {
      const why = strict === 'strict' ? ' (a failure, since CI=true)' : ''
      this.#print(`\nskipped${why}:\n${this.#skipped.map((line) => `  ﹣ ${line}`).join('\n')}`)
    }
    this.#print('')
    for (const figure of FIGURES) this.#print(`ℹ ${figure} ${this.#total[figure]}`)
    this.#print(`ℹ duration_ms ${(performance.now() - this.#startedAt).toFixed(1)}`)
    return this.failed === 0 && this.tests > 0 && (strict === 'lenient' || this.#skipped.length === 0)
  }
}
