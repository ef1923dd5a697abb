/** What `slipway bench` prints: a table of the loads, and the verdict with its figures. */
import type { BenchResult, NamedStage } from '../bench/bench.ts'
import { meanPhases } from '../bench/bench.ts'
import type { BenchTarget } from '../bench/target.ts'
import type { Settled } from '../bench/windows.ts'
import type { Output } from './output.ts'
import { bar } from './table.ts'

const COLUMNS = [
  { heading: 'load' },
  { heading: 'answers/s', align: 'right' },
  { heading: 'p50 ms', align: 'right' },
  { heading: 'p99 ms', align: 'right' },
  { heading: 'p99.9 ms', align: 'right' },
  { heading: 'failed', align: 'right' },
  { heading: '' },
] as const

export const milliseconds = (value: number): string => (Number.isNaN(value) ? '–' : value < 10 ? value.toFixed(2) : value.toFixed(0))
export const rate = (value: number): string => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'))

/** Where windows disagree by more than they may, the figure is marked and its spread told. */
function marked({ value, stable }: Settled, write: (value: number) => string): string {
  return stable ? write(value) : `~${write(value)}`
}

function row({ name, result }: NamedStage): readonly string[] {
  const { perSecond, p50, p99, p999Ms, failed, dropped } = result
  return [
    name,
    marked(perSecond, rate),
    marked(p50, milliseconds),
    marked(p99, milliseconds),
    milliseconds(p999Ms),
    String(failed + dropped),
    noteOf(result),
  ]
}

/** Which figures did not settle, by how much. */
function noteOf({ perSecond, p50, p99 }: NamedStage['result']): string {
  const loose = [
    ['rate', perSecond],
    ['p50', p50],
    ['p99', p99],
  ] as const
  const parts = loose.filter(([, { stable }]) => !stable).map(([name, { spread }]) => `${name} ±${Math.round((spread / 2) * 100)} %`)
  return parts.length === 0 ? 'stable' : `unstable: ${parts.join(', ')}`
}

export function printBench(output: Output, target: BenchTarget, result: BenchResult): void {
  const { line, paint } = output
  line()
  line(`${paint('bold', target.model)}  ${paint('dim', `${target.server}, ${target.origin}, ${target.dialect}, ${target.bodiesFrom}`)}`)
  line()
  output.table(COLUMNS, result.stages.map(row))
  if (result.capacity !== undefined) {
    line()
    line(
      `Capacity  ${paint('bold', `${rate(result.capacity)} requests/s`)}  ${paint('dim', 'the highest offered rate that was answered in time')}`,
    )
  }
  printPhases(output, result.judged)
  const { verdict } = result
  line()
  line(paint(verdict.culprit === 'nothing' ? 'green' : 'yellow', verdict.sentence))
  for (const sentence of verdict.evidence) line(`  ${paint('dim', sentence)}`)
  line()
  line(paint('bold', 'What to change'))
  for (const sentence of verdict.advice) line(`  ${sentence}`)
  const failure = result.stages.find(({ result: { firstFailure } }) => firstFailure !== undefined)?.result.firstFailure
  if (failure !== undefined) line(`\n${paint('red', `first failure: ${failure}`)}`)
  line()
}

const BAR_CELLS = 24

function printPhases({ line, paint }: Output, judged: NamedStage): void {
  const phases = Object.entries(meanPhases(judged.result.windows)).filter(([, ms]) => ms >= 0.0005)
  const total = phases.reduce((sum, [, ms]) => sum + ms, 0)
  if (total === 0) return
  line()
  line(`Where a request's time goes on the server ${paint('dim', `(${judged.name}, mean)`)}`)
  for (const [name, ms] of phases)
    line(`  ${name.padEnd(10)} ${milliseconds(ms).padStart(8)} ms  ${paint('cyan', bar(ms / total, BAR_CELLS))}`)
}

/** The same for programs. */
export function benchDocument(
  target: BenchTarget,
  { stages, capacity, verdict, roundTripMs, judged }: BenchResult,
): Record<string, unknown> {
  const { model, dialect, server, origin, bodiesFrom } = target
  return {
    url: origin,
    server,
    model,
    dialect,
    bodies: bodiesFrom,
    roundTripMs,
    stages: stages.map(({ name, offered, result }) => ({
      name,
      ...(offered === undefined ? {} : { offered }),
      connections: result.load.connections,
      perSecond: result.perSecond,
      p50Ms: result.p50,
      p99Ms: result.p99,
      p999Ms: result.p999Ms,
      mostMs: result.mostMs,
      windows: result.windows.length,
      failed: result.failed,
      dropped: result.dropped,
      ...(result.firstFailure === undefined ? {} : { firstFailure: result.firstFailure }),
    })),
    ...(capacity === undefined ? {} : { capacity }),
    phases: meanPhases(judged.result.windows),
    ...(judged.server === undefined ? {} : { figures: judged.server }),
    verdict,
  }
}
