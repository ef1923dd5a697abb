/**
 * onnxruntime without a server, beside which servers of heavy models are measured. Its throughput is taken while the same load generator sends
 * the same requests at the rate that the server answered, to a server that answers at once and whose own processor time is given back.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { inProcess } from '../measure.ts'
import { type Payload, requestOctets } from '../payload.ts'
import type { LoadResult } from '../tally.ts'
import type { Case, CaseName } from './cases.ts'
import { closedLoop } from './closed-loop.ts'
import type { OpenPlan } from './load-open.ts'

/** So many sessions, each with so many threads, and up to so many rows in a run. */
export interface BarePlan {
  readonly sessions: number
  readonly threads: number
  readonly batch: number
}

export interface BareSample {
  readonly case: CaseName
  readonly round: number
  /** The best plan of the first round's search, and rows per second with the load generator beside. */
  readonly best: BarePlan
  readonly perSecond: number
  /** p99 in milliseconds at half load: of bare onnxruntime behind a queue in its process, and of each of ours. */
  readonly queueP99: number
  readonly ours: Readonly<Record<string, { readonly p99: number; readonly failures: number }>>
}

const SCRIPT = join(import.meta.dirname, 'bare', 'bare.py')
const BATCHES = [1, 4, 16]

export const barePlans = (cores: number, batches: readonly number[] = BATCHES): readonly BarePlan[] =>
  (cores === 1
    ? [[1, 1]]
    : [
        [1, cores],
        [cores, 1],
      ]
  ).flatMap(([sessions, threads]) => batches.map((batch) => ({ sessions: sessions as number, threads: threads as number, batch })))

type Order =
  | { readonly wanted: 'throughput'; readonly seconds: number }
  | { readonly wanted: 'queue'; readonly arrivals: readonly number[] }

async function bare<Figures>(python: string, of: Case, plans: readonly BarePlan[], order: Order): Promise<readonly (BarePlan & Figures)[]> {
  const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify({ model: of.file, rows: of.rows.map(({ inputs }) => inputs), plans, ...order }))
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`bare onnxruntime ended with exit code ${code}`)
  return JSON.parse(printed) as (BarePlan & Figures)[]
}

/** The plan that answers most rows a second with nothing beside it. */
export async function bestPlan(python: string, of: Case, cores: number): Promise<BarePlan & { readonly perSecond: number }> {
  const tried = await bare<{ perSecond: number }>(python, of, barePlans(cores), { wanted: 'throughput', seconds: 0.6 })
  return tried.reduce((best, each) => (each.perSecond > best.perSecond ? each : best))
}

/** What the null server takes of the machine is no part of the load generator: as many rows as that time would have given. */
export function creditFor(perSecond: number, nullCores: number, cores: number): number {
  return (perSecond * cores) / (cores - nullCores)
}

export interface Beside {
  readonly payloads: readonly Payload[]
  readonly connections: number
  readonly perSecond: number
  readonly seconds: number
  readonly cores: number
}

/** Rows per second while the load generator works at the pace of `perSecond` requests. */
export async function bareBeside(python: string, of: Case, plan: BarePlan, beside: Beside): Promise<number> {
  const { payloads, connections, perSecond, seconds, cores } = beside
  const server = spawn(process.execPath, [join(import.meta.dirname, 'null-server.ts'), '0'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  const { port } = JSON.parse((await lines.next()).value as string) as { port: number }
  const pauseMs = (1000 * connections) / perSecond
  // It starts before the runs do and ends after them: opening the sessions takes a part of its time.
  const loadSeconds = seconds + 3
  const startedAt = performance.now()
  const generated = closedLoop({ port, payloads, connections, seconds: loadSeconds, pauseMs })
  const [figures] = await bare<{ perSecond: number }>(python, of, [plan], { wanted: 'throughput', seconds })
  await generated
  server.stdin.end()
  const { cpuMs } = JSON.parse((await lines.next()).value as string) as { cpuMs: number }
  return creditFor(figures?.perSecond as number, cpuMs / (performance.now() - startedAt), cores)
}

/** The lower p99 of two ways to drive the sessions: one at a time on all cores with whoever waits, or a session for each core. */
export async function queueP99(python: string, of: Case, cores: number, arrivals: readonly number[]): Promise<number> {
  const told = await bare<{ p99: number }>(python, of, barePlans(cores, [1, 8]), { wanted: 'queue', arrivals })
  return Math.min(...told.map(({ p99 }) => p99))
}

/** The same arrivals over HTTP. */
export function openLoop(port: number, payloads: readonly Payload[], arrivals: readonly number[]): Promise<LoadResult> {
  const requests = payloads.map((payload) => ({ octets: requestOctets(port, payload).toString('base64'), expected: payload.expected }))
  const plan: OpenPlan = { port, requests, arrivals }
  return inProcess<LoadResult>('peers/load-open.ts', [], JSON.stringify(plan))
}
