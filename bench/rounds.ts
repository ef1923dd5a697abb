/** Everyone in turn, round after round, so that a machine that grows hot or busy does so for all; then medians. */
import type { BareResult } from './bare.ts'
import { type Load, measureBare, measureLoad, startAndAsk } from './measure.ts'
import { type Payload, peerRow, v2Image, v2Row } from './payload.ts'
import { fastapi, type Server, slipway } from './servers.ts'
import type { LoadResult } from './tally.ts'

export interface Pace {
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
}

/** One line of the table: medians over the rounds, failures of all rounds. */
export interface Row extends LoadResult {
  readonly name: string
}

export interface Findings {
  readonly rows: readonly Row[]
  readonly firstAnswerMs: number
  readonly bareImageMs: number
}

interface Contender {
  readonly server: Server
  readonly runs: readonly { readonly name: string; readonly payload: Payload; readonly connections: number }[]
}

const PORTS = { slipway: 18_610, image: 18_611, documented: 18_612, tuned: 18_613 }

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length % 2 === 1) return sorted[middle] as number
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

function contenders(bare: BareResult, python: string | undefined): readonly Contender[] {
  const row = v2Row(bare.rowAnswer)
  const peer = peerRow(bare.rowAnswer)
  const both = (payload: Payload) => [32, 1].map((connections) => ({ name: `64 floats, ${connections} conn.`, payload, connections }))
  const ours = [
    { server: slipway('mlp64.onnx', PORTS.slipway), runs: both(row) },
    {
      server: slipway('image224.onnx', PORTS.image),
      runs: [{ name: '602 KB image, 1 conn.', payload: v2Image(bare.imageAnswer), connections: 1 }],
    },
  ]
  if (python === undefined) return ours
  const peers = (['documented', 'tuned'] as const).map((app) => ({ server: fastapi(app, python, PORTS[app]), runs: both(peer) }))
  return [...ours, ...peers]
}

/** Medians of the figures of several measurements, all their failures. */
export function medianRow(name: string, results: readonly LoadResult[]): Row {
  const of = (figure: 'perSecond' | 'p50' | 'p99' | 'answers') => median(results.map((result) => result[figure]))
  const firstFailure = results.find((result) => result.firstFailure !== undefined)?.firstFailure
  return {
    name,
    perSecond: of('perSecond'),
    p50: of('p50'),
    p99: of('p99'),
    answers: of('answers'),
    failures: results.reduce((sum, result) => sum + result.failures, 0),
    ...(firstFailure === undefined ? {} : { firstFailure }),
  }
}

/** Runs all rounds. `python` is the peers' interpreter; without it only Slipway is measured. */
export async function runRounds(pace: Pace, python: string | undefined, say: (line: string) => void): Promise<Findings> {
  const results = new Map<string, LoadResult[]>()
  const starts: number[] = []
  const bareMs: number[] = []
  for (let round = 1; round <= pace.rounds; round += 1) {
    const bare = await measureBare(300)
    bareMs.push(bare.imageMs)
    for (const { server, runs } of contenders(bare, python)) {
      say(`round ${round} of ${pace.rounds}: ${server.name}, ${runs.map((run) => run.name).join('; ')}`)
      const { running, firstAnswerMs } = await startAndAsk(server, (runs[0] as { payload: Payload }).payload)
      if (server.port === PORTS.slipway) starts.push(firstAnswerMs)
      try {
        for (const { name, payload, connections } of runs) {
          const load: Load = { connections, warmUpMs: pace.warmUpMs, measureMs: pace.measureMs }
          const key = `${server.name} · ${name}`
          results.set(key, [...(results.get(key) ?? []), await measureLoad(server.port, payload, load)])
        }
      } finally {
        await running.stop()
      }
    }
  }
  return {
    rows: [...results].map(([name, each]) => medianRow(name, each)),
    firstAnswerMs: median(starts),
    bareImageMs: median(bareMs),
  }
}
