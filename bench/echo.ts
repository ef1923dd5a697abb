/** Slipway beside the bare echo of the same runtime, round after round: how much of a runtime's HTTP and JSON is left with a model behind it. */
import { join } from 'node:path'
import { findBun } from '../scripts/runtimes.ts'
import { measureBare, measureLoad, startAndAsk } from './measure.ts'
import { type Payload, v2Row } from './payload.ts'
import { cpuSeconds } from './process-tree.ts'
import { median, type Pace } from './rounds.ts'
import { type Running, type Server, slipway, startServer } from './servers.ts'
import { table } from './table.ts'
import { runWrk, wrkInstalled } from './wrk.ts'

const CONNECTIONS = 32
const LEAST_SHARE = 0.75
const PORTS = { echo: 18_620, slipway: 18_621 }

interface Sample {
  readonly perSecond: number
  /** Microseconds of processor time of the HTTP process for each request; NaN where the system does not tell. */
  readonly cpuMicros: number
  readonly failures: number
}

interface Engine {
  readonly name: 'Node' | 'Bun'
  readonly path: string
}

const MAIN = join(import.meta.dirname, '..', 'packages', 'server', 'src', 'cli', 'main.ts')

function pair({ name, path }: Engine): readonly [Server, Server] {
  const echo: Server = {
    name: `bare echo, ${name}`,
    command: [path, join(import.meta.dirname, 'echo-server.ts'), String(PORTS.echo)],
    port: PORTS.echo,
  }
  const [, , ...args] = slipway('mlp64.onnx', PORTS.slipway).command
  return [echo, { name: `Slipway, ${name}`, command: [path, MAIN, ...args], port: PORTS.slipway }]
}

/** One measurement; the server is started for it and stopped after it. */
async function sample(server: Server, payload: Payload, options: { readonly pace: Pace; readonly wrk: boolean }): Promise<Sample> {
  const { pace, wrk } = options
  const running = server.port === PORTS.slipway ? (await startAndAsk(server, payload)).running : await startServer(server)
  try {
    await load(running, payload, { ms: pace.warmUpMs, wrk })
    const before = cpuSeconds(running.pid)
    const { answers, perSecond, failures } = await load(running, payload, { ms: pace.measureMs, wrk })
    return { perSecond, failures, cpuMicros: ((cpuSeconds(running.pid) - before) * 1e6) / answers }
  } finally {
    await running.stop()
  }
}

async function load(running: Running, payload: Payload, options: { readonly ms: number; readonly wrk: boolean }) {
  const { port } = running.server
  if (options.wrk) return runWrk(port, payload, { connections: CONNECTIONS, seconds: Math.max(1, Math.round(options.ms / 1000)) })
  return measureLoad(port, payload, { connections: CONNECTIONS, warmUpMs: 0, measureMs: options.ms })
}

/** Runs all rounds, prints the table and the verdict for each runtime; true when none is missed. */
export async function benchEcho(pace: Pace, print: (line: string) => void, say: (line: string) => void): Promise<boolean> {
  const bun = findBun()
  const engines: Engine[] = [{ name: 'Node', path: process.execPath }]
  if (bun !== undefined) engines.push({ name: 'Bun', path: bun })
  const wrk = await wrkInstalled()
  print(`load generator: ${wrk ? 'wrk (status checked)' : 'bench/load.ts'}; one row of 64 floats as V2 JSON, ${CONNECTIONS} connections`)
  const payload = v2Row((await measureBare(20)).rowAnswer)
  const samples = new Map<string, Sample[]>()
  for (let round = 1; round <= pace.rounds; round += 1)
    for (const server of engines.flatMap(pair)) {
      say(`round ${round} of ${pace.rounds}: ${server.name}`)
      samples.set(server.name, [...(samples.get(server.name) ?? []), await sample(server, payload, { pace, wrk })])
    }
  return report(engines, samples, print)
}

function report(engines: readonly Engine[], samples: ReadonlyMap<string, readonly Sample[]>, print: (line: string) => void): boolean {
  const middle = (name: string, figure: 'perSecond' | 'cpuMicros') => median((samples.get(name) ?? []).map((one) => one[figure]))
  const failures = (name: string) => (samples.get(name) ?? []).reduce((sum, one) => sum + one.failures, 0)
  const rows = [...samples.keys()].map((name) => [
    name,
    middle(name, 'perSecond').toFixed(0),
    Number.isNaN(middle(name, 'cpuMicros')) ? '–' : middle(name, 'cpuMicros').toFixed(1),
    String(failures(name)),
  ])
  print(`\n${table(['medians of the rounds', 'requests/s', 'µs CPU of HTTP process', 'failures'], rows)}`)
  const verdicts = engines.map(({ name }) => {
    const [ours, bare] = [`Slipway, ${name}`, `bare echo, ${name}`]
    const share = middle(ours, 'perSecond') / middle(bare, 'perSecond')
    const cpu = middle(bare, 'cpuMicros') / middle(ours, 'cpuMicros')
    const met = share >= LEAST_SHARE && failures(ours) === 0
    return { met, cells: [name, `≥ ${LEAST_SHARE * 100} %`, percent(share), percent(cpu), met ? '✔' : '✖'] }
  })
  print(
    `\n${table(
      ['share of the bare echo', 'wanted', 'requests/s', 'by CPU time', ''],
      verdicts.map(({ cells }) => cells),
    )}`,
  )
  return verdicts.every(({ met }) => met)
}

const percent = (share: number): string => (Number.isNaN(share) ? '–' : `${(share * 100).toFixed(0)} %`)
