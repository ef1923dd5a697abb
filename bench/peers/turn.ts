/** One turn of one contender: start, first right answer, load at each number of connections, memory, stop. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ask, measureLoad, startAndAsk } from '../measure.ts'
import type { Payload } from '../payload.ts'
import { endBearers, processorMs, processTree, proportionalSetSize } from '../process-tree.ts'
import { portIsFree, type Running } from '../servers.ts'
import type { LoadResult } from '../tally.ts'
import { meanBatch, runsSoFar } from './batches.ts'
import { type Case, CONNECTIONS } from './cases.ts'
import { closedLoop } from './closed-loop.ts'
import type { Contender } from './contender.ts'
import { payloadsOf } from './forms.ts'
import type { Loaded, Sample } from './sample.ts'

const PORT_LIMIT_MS = 10_000
/** By this variable all processes of a turn are known. */
const MARK = 'PEERS_BENCH_TURN'

export interface Pace {
  readonly warmUpSeconds: number
  readonly measureSeconds: number
  /** For heavy models, whose answers come in bursts of a batch. */
  readonly heavySeconds: number
}

export const windowOf = (pace: Pace, of: Case): number => (of.heavy ? pace.heavySeconds : pace.measureSeconds)

export interface Setting {
  readonly pace: Pace
  readonly port: number
  readonly cores: number
  /** False: the load generator of this folder, which costs more processor time. */
  readonly wrk: boolean
}

interface Turn {
  readonly contender: Contender
  readonly of: Case
  readonly setting: Setting
  readonly counts: string
  readonly payloads: readonly Payload[]
}

/** Asks each row once; throws at the first wrong answer. */
async function verify({ setting: { port }, payloads }: Turn): Promise<void> {
  const faults = await Promise.all(payloads.map((payload) => ask(port, payload)))
  const fault = faults.find((each) => each !== undefined)
  if (fault !== undefined) throw new Error(fault)
}

function load({ setting, payloads }: Turn, connections: number, seconds: number): Promise<LoadResult> {
  if (setting.wrk) return closedLoop({ port: setting.port, payloads, connections, seconds })
  const measureMs = seconds * 1000
  return measureLoad(setting.port, payloads[0] as Payload, { connections, warmUpMs: 0, measureMs })
}

async function underLoad(turn: Turn, connections: number, pid: number): Promise<Loaded> {
  const { contender, of, setting, counts } = turn
  const before = await runsSoFar(contender.batches, setting.port, counts)
  const cpuBefore = processorMs(processTree(pid))
  const { perSecond, p50, p99, answers, failures } = await load(turn, connections, windowOf(setting.pace, of))
  const cpuMs = answers === 0 ? undefined : (processorMs(processTree(pid)) - cpuBefore) / answers
  await verify(turn)
  const batch = meanBatch(before, await runsSoFar(contender.batches, setting.port, counts))
  return {
    connections,
    perSecond,
    p50,
    p99,
    failures,
    ...(cpuMs === undefined ? {} : { cpuMs }),
    ...(batch === undefined ? {} : { batch }),
  }
}

async function measure(turn: Turn, running: Running): Promise<Pick<Sample, 'loads' | 'memory'>> {
  const { setting } = turn
  await load(turn, 32, setting.pace.warmUpSeconds)
  await verify(turn)
  const loads: Loaded[] = []
  for (const connections of CONNECTIONS) loads.push(await underLoad(turn, connections, running.pid))
  return { loads, memory: proportionalSetSize(processTree(running.pid)) }
}

/** Starts the contender, hands it to `use`, and ends whatever it started. */
export async function withServer<Result>(
  {
    contender,
    of,
    setting,
    python,
  }: { readonly contender: Contender; readonly of: Case; readonly setting: Setting; readonly python: string },
  use: (turn: Turn, running: Running, firstAnswerMs: number) => Promise<Result>,
): Promise<Result> {
  const counts = mkdtempSync(join(tmpdir(), 'slipway-bench-'))
  try {
    const { route, model } = contender.route(of)
    const payloads = payloadsOf(route, model, of)
    const server = contender.server({ of, port: setting.port, python, counts, cores: setting.cores })
    const marked = { ...server, env: { ...server.env, [MARK]: counts } }
    const { running, firstAnswerMs } = await startAndAsk(marked, payloads[0] as Payload)
    try {
      return await use({ contender, of, setting, counts, payloads }, running, firstAnswerMs)
    } finally {
      await running.stop()
    }
  } finally {
    // Some leave processes behind, and with them their port.
    endBearers(`${MARK}=${counts}`)
    await portIsFree(setting.port, PORT_LIMIT_MS)
    rmSync(counts, { recursive: true, force: true })
  }
}

/** A fault is told, not thrown: the others go on. */
export async function takeTurn(
  from: { readonly contender: Contender; readonly of: Case; readonly setting: Setting; readonly python: string },
  round: number,
): Promise<Sample> {
  const named = { contender: from.contender.name, case: from.of.name, round }
  try {
    return await withServer(from, async (turn, running, firstAnswerMs) => ({ ...named, firstAnswerMs, ...(await measure(turn, running)) }))
  } catch (error) {
    return { ...named, loads: [], fault: (error as Error).message }
  }
}
