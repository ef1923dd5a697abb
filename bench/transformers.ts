/**
 * What a transformer's settings are worth on a CPU: the same texts, padded to a fixed length or at their own, in one session of all
 * cores or in one single-threaded replica for each core. Each way serves in turn, several rounds over; medians are printed.
 *
 *   node bench/transformers.ts [--seconds 8] [--rounds 3] [--port 21390]
 */
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createRandom } from '../packages/server/src/base/random.ts'
import { provideModels } from './peers/make-models.ts'
import { startServer } from './servers.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    port: { type: 'string', default: '21390' },
  },
})
const [SECONDS, ROUNDS, PORT] = [Number(values.seconds), Number(values.rounds), Number(values.port)]
const CLIENTS = 16
const PADDED = 128
const TEXTS = 512
const SLIPWAY = join(import.meta.dirname, '..', 'packages', 'server', 'bin', 'slipway.mjs')
const cores = availableParallelism()

interface Way {
  readonly name: string
  /** Tokens that every text is padded to; its own length when absent. */
  readonly padded?: number
  readonly replicas: number
  readonly threads: number
  readonly maxRows: number
}

const WAYS: readonly Way[] = [
  {
    name: `padded to ${PADDED}, one session of ${cores} threads, a request a run`,
    padded: PADDED,
    replicas: 1,
    threads: cores,
    maxRows: 1,
  },
  { name: `padded to ${PADDED}, one session of ${cores} threads, batches`, padded: PADDED, replicas: 1, threads: cores, maxRows: 32 },
  { name: `padded to ${PADDED}, ${cores} replicas of 1 thread, a request a run`, padded: PADDED, replicas: cores, threads: 1, maxRows: 1 },
  { name: `own lengths, one session of ${cores} threads, a request a run`, replicas: 1, threads: cores, maxRows: 1 },
  { name: `own lengths, ${cores} replicas of 1 thread, a request a run`, replicas: cores, threads: 1, maxRows: 1 },
  { name: `own lengths, ${cores} replicas of 1 thread, equal lengths joined`, replicas: cores, threads: 1, maxRows: 32 },
]

/** Lengths of short texts: most of a few dozen tokens, some longer, none past the padding. */
function lengths(): readonly number[] {
  const next = createRandom(7)
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return Array.from({ length: TEXTS }, () => Math.min(PADDED, Math.max(4, Math.round(24 * Math.exp(0.6 * normal())))))
}

function bodyOf(length: number, padded = length): string {
  const ids = Array.from({ length: padded }, (_, index) => (index < length ? 1 + ((index * 7919) % 8000) : 0))
  const mask = ids.map((_, index) => (index < length ? 1 : 0))
  const input = (name: string, data: readonly number[]) => ({ name, datatype: 'INT64', shape: [1, padded], data })
  return JSON.stringify({ inputs: [input('input_ids', ids), input('attention_mask', mask)] })
}

interface Figures {
  readonly perSecond: number
  /** Of the server with its replicas: what else the machine does hardly changes it. */
  readonly cpuMs: number
  readonly p50: number
  readonly p99: number
}

async function load(bodies: readonly string[], server: number): Promise<Figures> {
  const url = `http://127.0.0.1:${PORT}/v2/models/bert6/infer`
  const latencies: number[] = []
  let next = 0
  const ask = async () => {
    const sentAt = performance.now()
    const answer = await fetch(url, { method: 'POST', body: bodies[next++ % bodies.length] as string })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${answer.status}: ${text.slice(0, 300)}`)
    latencies.push(performance.now() - sentAt)
  }
  const drive = async (until: number) => {
    while (performance.now() < until) await ask()
  }
  const run = (ms: number) => Promise.all(Array.from({ length: CLIENTS }, () => drive(performance.now() + ms)))
  await run(1000)
  latencies.length = 0
  const [startedAt, cpuAt] = [performance.now(), cpuMsOf(server)]
  await run(SECONDS * 1000)
  const ms = performance.now() - startedAt
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
  return { perSecond: (1000 * sorted.length) / ms, cpuMs: (cpuMsOf(server) - cpuAt) / sorted.length, p50: at(0.5), p99: at(0.99) }
}

/** CPU time of a process and all below it, so far (Linux; a clock tick is 10 ms). */
function cpuMsOf(pid: number): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
          .map(Number)
        return [{ pid: Number(name), parent: fields[1] as number, ticks: (fields[11] as number) + (fields[12] as number) }]
      } catch {
        // It ended meanwhile.
        return []
      }
    })
  const below = (parent: number): number => stats.reduce((sum, one) => sum + (one.parent === parent ? one.ticks + below(one.pid) : 0), 0)
  return 10 * ((stats.find((one) => one.pid === pid)?.ticks ?? 0) + below(pid))
}

async function round(way: Way, model: string): Promise<Figures> {
  const running = await startServer({
    name: way.name,
    command: [process.execPath, SLIPWAY, 'serve', model, '--port', String(PORT), '--grpc-port', 'off', '--log-level', 'error'],
    port: PORT,
    env: {
      SLIPWAY_REPLICAS_COUNT: String(way.replicas),
      SLIPWAY_REPLICAS_THREADS: String(way.threads),
      SLIPWAY_BATCHING_MAXROWS: String(way.maxRows),
    },
  })
  try {
    while (!(await fetch(`http://127.0.0.1:${PORT}/v2/health/ready`)).ok) await new Promise((resolve) => setTimeout(resolve, 20))
    return await load(
      lengths().map((length) => bodyOf(length, way.padded)),
      running.pid,
    )
  } finally {
    await running.stop()
  }
}

const median = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[Math.floor((of.length - 1) / 2)] as number

const model = join(await provideModels((line) => process.stderr.write(`${line}\n`)), 'bert6')
const seen = WAYS.map(() => [] as Figures[])
for (let turn = 0; turn < ROUNDS; turn++) {
  for (const [index, way] of WAYS.entries()) {
    const figures = await round(way, model)
    seen[index]?.push(figures)
    process.stderr.write(`round ${turn + 1}, ${way.name}: ${figures.perSecond.toFixed(1)} requests/s\n`)
  }
}
const gains = (index: number) =>
  median((seen[index] as Figures[]).map(({ perSecond }, turn) => perSecond / ((seen[0] as Figures[])[turn] as Figures).perSecond))
const mean = lengths().reduce((sum, length) => sum + length, 0) / TEXTS
process.stdout.write(
  `${TEXTS} texts of ${mean.toFixed(1)} tokens on average, ${CLIENTS} clients, ${cores} cores, ${ROUNDS} rounds of ${SECONDS} s\n`,
)
for (const [index, way] of WAYS.entries()) {
  const own = seen[index] as Figures[]
  const cell = (of: (figures: Figures) => number) => median(own.map(of)).toFixed(1)
  process.stdout.write(
    `| ${way.name} | ${cell((one) => one.perSecond)} | ${gains(index).toFixed(2)} × | ${cell((one) => one.cpuMs)} ms | ${cell((one) => one.p50)} ms | ${cell((one) => one.p99)} ms |\n`,
  )
}
