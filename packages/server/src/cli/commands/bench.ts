import { writeFile } from 'node:fs/promises'
import { quoted } from '@slipway/protocol'
import { systemClock } from '../../base/clock.ts'
import { type BenchMode, type BenchResult, runBench } from '../../bench/bench.ts'
import { BENCH_DIALECTS } from '../../bench/bodies.ts'
import { reportHtml } from '../../bench/report.ts'
import { runStage } from '../../bench/stage.ts'
import { type BenchTarget, openTarget } from '../../bench/target.ts'
import { startBenchServer } from '../bench-server.ts'
import { benchDocument, milliseconds, printBench, rate } from '../bench-view.ts'
import { type Command, defineCommand, type Io, type OptionValues } from '../command.ts'
import { CommandError, EXIT, type ExitCode } from '../exit.ts'
import type { Output, Progress } from '../output.ts'

const OPTIONS = {
  model: { type: 'string', short: 'm', value: 'NAME', help: 'The model of a repository or server that has several.' },
  dialect: {
    type: 'string',
    value: 'NAME',
    default: 'v2',
    help: `How it is asked: ${BENCH_DIALECTS.join(', ')}; tfserving is tfserving-rows.`,
  },
  rate: {
    type: 'number',
    value: 'N',
    help: 'Offer so many requests a second, as independent people would (open loop), whatever the server does.',
  },
  connections: {
    type: 'number',
    short: 'c',
    value: 'N',
    help: 'Keep so many connections busy (closed loop); 32 while the capacity is looked for.',
  },
  p99: { type: 'number', value: 'MS', help: 'What 99 of 100 answers have to keep to; the exit code is 1 when they do not.' },
  windows: {
    type: 'number',
    value: 'N',
    default: 8,
    help: 'Most windows of one load; it ends sooner when three in a row agree within 5 %.',
  },
  window: { type: 'number', value: 'MS', default: 1000, help: 'How long a window is.' },
  warmup: { type: 'number', value: 'MS', default: 1000, help: 'How long each load runs before the first window.' },
  'grpc-url': { type: 'string', value: 'URL', help: 'Where gRPC listens; the port after the address when absent.' },
  header: { type: 'string', value: 'LINE', help: 'Sent with every request, such as "authorization: Bearer …".' },
  config: { type: 'string', value: 'FILE', help: 'The settings file of the server that is started for a PATH.' },
  html: { type: 'string', value: 'FILE', help: 'Write a report with charts that needs nothing but a browser.' },
} as const

type Options = OptionValues<typeof OPTIONS>

export const bench: Command = defineCommand({
  name: 'bench',
  summary: 'Load test: how many requests a second, how fast, what is to blame and what to change.',
  takes: 'URL|PATH',
  counts: [1, 1],
  options: OPTIONS,
  examples: [
    ['slipway bench models/digits', 'starts a server, finds its capacity, says what limits it'],
    ['slipway bench http://127.0.0.1:8080 -m digits --rate 500 --p99 20', 'a running server under 500 requests a second'],
    ['slipway bench http://127.0.0.1:8080 -m digits --dialect grpc -c 64 --html report.html', 'closed loop over gRPC, with a report'],
  ],
  run: async ({ options, paths }, io) => {
    const given = paths[0] as string
    const mode = modeOf(options)
    await using cleanup = new AsyncDisposableStack()
    const { origin, grpcOrigin } = /^https?:\/\//i.test(given)
      ? { origin: new URL(given).origin, grpcOrigin: options['grpc-url'] }
      : cleanup.use(await startBenchServer([given], options.config))
    const target = await openTarget({
      origin,
      grpcOrigin: options['grpc-url'] ?? grpcOrigin,
      model: options.model,
      dialect: dialectOf(options.dialect),
      headers: headersOf(options.header),
      clock: systemClock,
    })
    const result = await measure(target, { mode, options }, io)
    if (options.html !== undefined) await writeFile(options.html, await reportHtml(target, result, new Date(systemClock.now())))
    if (io.output.json) io.output.document(benchDocument(target, result))
    else printBench(io.output, target, result)
    if (options.html !== undefined) io.output.note(`The report is in ${options.html}`)
    return exitOf(result, options, io)
  },
})

function modeOf({ rate, connections, windows, window }: Options): BenchMode {
  if (rate !== undefined && connections !== undefined)
    throw new CommandError(
      EXIT.usage,
      '--rate is an open loop and --connections a closed one; give one of them, or neither to look for the capacity',
    )
  for (const [name, value] of Object.entries({ rate, connections, windows, window }))
    if (value !== undefined && !(value > 0)) throw new CommandError(EXIT.usage, `--${name} must be above 0, got ${value}`)
  if (rate !== undefined) return { kind: 'rate', perSecond: rate }
  return { kind: connections === undefined ? 'capacity' : 'closed' }
}

function dialectOf(name: string): string {
  const full = name === 'tfserving' ? 'tfserving-rows' : name
  if (BENCH_DIALECTS.includes(full)) return full
  throw new CommandError(EXIT.usage, `--dialect ${quoted(name)} is not known; known are ${BENCH_DIALECTS.join(', ')}`)
}

function headersOf(line: string | undefined): Readonly<Record<string, string>> {
  if (line === undefined) return {}
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/.exec(line) ?? []
  if (name === undefined || value === undefined)
    throw new CommandError(EXIT.usage, `--header must be a name, a colon and a value, got ${quoted(line)}`)
  return { [name.toLowerCase()]: value }
}

const CONNECTIONS = 32

async function measure(
  target: BenchTarget,
  { mode, options }: { readonly mode: BenchMode; readonly options: Options },
  { output, signal }: Io,
): Promise<BenchResult> {
  const shown = createStages(output, options.windows)
  try {
    return await runBench(
      target,
      {
        mode,
        connections: options.connections ?? CONNECTIONS,
        warmUpMs: options.warmup,
        windowMs: options.window,
        windows: options.windows,
        targetP99Ms: options.p99,
        seed: 1,
      },
      { clock: systemClock, runStage, signal, ...shown },
    )
  } finally {
    shown.end()
  }
}

/** A bar for each load on a terminal, a line when it begins elsewhere. */
function createStages(output: Output, windows: number) {
  let progress: Progress | undefined
  let seen = 0
  return {
    onStage: (name: string) => {
      progress?.end()
      seen = 0
      if (output.width === undefined) output.note(`${name} …`)
      else progress = output.progress(name, windows)
    },
    onWindow: () => {
      seen += 1
      progress?.at(seen)
    },
    end: () => progress?.end(),
  }
}

/** Failures, or a target that was missed, are a failed check. */
function exitOf({ judged, capacity, stages }: BenchResult, { p99, rate: offered }: Options, { output }: Io): ExitCode {
  const { result } = judged
  const failed = stages.find((stage) => stage.result.failed > 0 && (stage === judged || capacity === undefined))
  if (failed !== undefined) {
    output.note(`slipway bench: ${failed.result.failed} requests failed; the first: ${failed.result.firstFailure}`)
    return EXIT.failed
  }
  if (capacity === 0) {
    output.note('slipway bench: not even the lowest rate held; the table has what was tried')
    return EXIT.failed
  }
  if (capacity === undefined && p99 !== undefined && result.p99.value > p99) {
    output.note(`slipway bench: p99 is ${milliseconds(result.p99.value)} ms, and --p99 allows ${p99} ms`)
    return EXIT.failed
  }
  if (offered !== undefined && result.perSecond.value < 0.97 * offered) {
    output.note(`slipway bench: ${rate(result.perSecond.value)} of ${rate(offered)} requests/s were answered`)
    return EXIT.failed
  }
  return EXIT.ok
}
