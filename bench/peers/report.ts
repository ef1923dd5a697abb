/** The table, for a terminal and as Markdown. */
import { availableParallelism, cpus, release } from 'node:os'
import { table } from '../table.ts'
import type { Verdict } from '../targets.ts'
import type { Case } from './cases.ts'
import type { Group } from './chart.ts'
import { NOT_INSTALLABLE } from './contenders.ts'
import type { Results } from './results.ts'
import { type Summary, summarize } from './summary.ts'
import type { Measured } from './targets.ts'

export interface Section {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Lines under the table: who is missing, and why. */
  readonly notes: readonly string[]
}

const HEAD = [
  '',
  'conn.',
  'requests/s',
  '±',
  '× best Python',
  'p50 ms',
  'p99 ms',
  'CPU ms/request',
  'rows/run',
  'first answer s',
  'memory MB',
  'failures',
]

const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))
const or = (value: number | undefined, tell: (known: number) => string): string => (value === undefined ? '–' : tell(value))

/** The fastest documented or tuned Python peer at each number of connections is 1. */
function linesOf(title: string, summary: Summary, bestPython: ReadonlyMap<number, number>): readonly (readonly string[])[] {
  return summary.loads.map((load, index) => [
    index === 0 ? title : '',
    String(load.connections),
    load.perSecond.toFixed(load.perSecond < 100 ? 1 : 0),
    `${(100 * load.spread).toFixed(0)} %`,
    or(bestPython.get(load.connections), (rate) => (load.perSecond / rate).toFixed(2)),
    digits(load.p50),
    digits(load.p99),
    or(load.cpuMs, (ms) => ms.toFixed(ms < 1 ? 3 : 1)),
    or(load.batch, (rows) => rows.toFixed(1)),
    index === 0 ? or(summary.firstAnswerMs, (ms) => (ms / 1000).toFixed(1)) : '',
    index === 0 ? or(summary.memory, (octets) => (octets / 1e6).toFixed(0)) : '',
    String(load.failures),
  ])
}

function bareLines(of: Case, { bare }: Measured): readonly string[] {
  return bare
    .filter((each) => each.case === of.name)
    .map(({ round, best: plan, perSecond, queueP99, ours }) => {
      const tails = Object.entries(ours).map(
        ([name, { p99, failures }]) => `${name} ${p99.toFixed(1)} ms${failures > 0 ? ` (${failures} failed)` : ''}`,
      )
      const how = `${plan.sessions} session(s) of ${plan.threads} thread(s), ${plan.batch} row(s) a run`
      return `Round ${round}, bare onnxruntime beside the load generator: ${perSecond.toFixed(1)} rows/s (${how}); p99 at half of that: ${queueP99.toFixed(1)} ms from its queue, ${tails.join(', ')}.`
    })
}

function sectionOf(of: Case, measured: Measured, missing: Results['missing']): Section {
  const summaries = measured.contenders.flatMap((contender) => {
    const summary = summarize(measured.samples, contender.name, of.name)
    return summary === undefined ? [] : [{ contender, summary }]
  })
  const bestPython = new Map<number, number>()
  for (const { contender, summary } of summaries)
    if (contender.kind === 'documented' || contender.kind === 'tuned')
      for (const load of summary.loads) bestPython.set(load.connections, Math.max(load.perSecond, bestPython.get(load.connections) ?? 0))
  const faults = summaries.flatMap(({ contender: { title }, summary: { fault } }) =>
    fault === undefined ? [] : [`${title}: ${fault.split('\n')[0]}`],
  )
  const absent = measured.contenders.flatMap(({ name, title }) =>
    missing[name] === undefined ? [] : [`${title}: not installed: ${missing[name]}`],
  )
  return {
    title: of.title,
    head: HEAD,
    rows: summaries.flatMap(({ contender, summary }) => linesOf(contender.title, summary, bestPython)),
    notes: [...bareLines(of, measured), ...faults, ...absent],
  }
}

export function sections(cases: readonly Case[], measured: Measured, missing: Results['missing']): readonly Section[] {
  return cases.map((of) => sectionOf(of, measured, missing))
}

/** Requests per second at 32 connections. */
export function chartGroups(cases: readonly Case[], measured: Measured): readonly Group[] {
  return cases.map(({ name, title }) => ({
    title: title.split(', ')[0] as string,
    bars: measured.contenders.flatMap((contender) => {
      const load = summarize(measured.samples, contender.name, name)?.loads.find(({ connections }) => connections === 32)
      return load === undefined ? [] : [{ title: contender.title, value: load.perSecond, ours: contender.kind === 'ours' }]
    }),
  }))
}

export const notInstallable = (): readonly string[] => NOT_INSTALLABLE.map(({ title, reason }) => `${title}: not installed: ${reason}.`)

export function machineLine(): string {
  const bun = process.versions.bun === undefined ? '' : `, Bun ${process.versions.bun}`
  return `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${availableParallelism()} cores, Linux ${release()}; Node ${process.versions.node}${bun}`
}

/** Marks of the verdicts in text. */
const mark = (met: boolean | undefined): string => (met === undefined ? '–' : met ? '✔' : '✖')

export function plainReport(all: readonly Section[], verdicts: readonly Verdict[]): string {
  const parts = all.map(({ title, head, rows, notes }) => [title, table(head, rows), ...notes].join('\n'))
  const judged = table(
    ['target', 'wanted', 'measured', ''],
    verdicts.map(({ what, target, measured, met }) => [what, target, measured, mark(met)]),
  )
  return [...parts, notInstallable().join('\n'), judged].join('\n\n')
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

export function markdownReport(all: readonly Section[], verdicts: readonly Verdict[]): string {
  const judged = markdownTable(
    ['target', 'wanted', 'measured', ''],
    verdicts.map(({ what, target, measured, met }) => [what, target, measured, mark(met)]),
  )
  const parts = all.map(({ title, head, rows, notes }) => {
    const list = notes.map((note) => `- ${note}`).join('\n')
    return [`### ${title[0]?.toUpperCase()}${title.slice(1)}`, markdownTable(head, rows), ...(list === '' ? [] : [list])].join('\n\n')
  })
  return [
    judged,
    ...parts,
    notInstallable()
      .map((line) => `- ${line}`)
      .join('\n'),
  ].join('\n\n')
}
