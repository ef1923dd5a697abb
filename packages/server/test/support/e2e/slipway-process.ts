/** The real command in a process of its own, for end-to-end stories. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

export const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'conformance')
const COMMAND = join(import.meta.dirname, '..', '..', '..', 'bin', 'slipway.mjs')
/** Measuring plans takes a second of the cores that other tests use. */
const UNMEASURED = { SLIPWAY_REPLICAS_MEASURE: 'false' }
const START_LIMIT_MS = 60_000
const POLL_MS = 10

export interface StartOptions {
  /** What is served. */
  readonly paths: readonly string[]
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The JavaScript engine to start it with; the one that runs the test when absent. */
  readonly engine?: string
  /** What to wait for; `ready` when absent. */
  readonly until?: 'live' | 'ready'
}

export interface SlipwayProcess {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Log lines of --log-format json that the server has written so far. */
  logs(): readonly Readonly<Record<string, unknown>>[]
  /** Everything it printed. */
  printed(): string
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL; resolves once the process has gone. */
  kill(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Asks again and again until `done` answers true; rejects with `what` after `limitMs`. */
export async function until(done: () => boolean | Promise<boolean>, what: string, limitMs = START_LIMIT_MS): Promise<void> {
  const startedAt = performance.now()
  while (!(await done())) {
    if (performance.now() - startedAt > limitMs) throw new Error(`${what}: not within ${limitMs / 1000} s`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function isUp(url: string, state: 'live' | 'ready'): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/v2/health/${state}`)
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

function parsedLines(printed: string): readonly Readonly<Record<string, unknown>>[] {
  return printed.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []
    } catch {
      return []
    }
  })
}

function running(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

/** `slipway serve` on a free port of this machine; resolves when it is ready, rejects with what it printed when it ends before. */
export async function startSlipway(options: StartOptions): Promise<SlipwayProcess> {
  const { paths, flags = [], env = {}, engine = process.execPath, until: state = 'ready' } = options
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const args = [COMMAND, 'serve', ...paths, '--port', String(port), '--grpc-port', '0', '--log-format', 'json', ...flags]
  const child = spawn(engine, args, { env: { ...process.env, ...UNMEASURED, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      printed += chunk
    })
  }
  const stop = async () => {
    if (running(child)) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    return child.exitCode
  }
  const kill = async () => {
    if (!running(child)) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  try {
    await until(async () => !running(child) || (await isUp(url, state)), `slipway serve to be ${state}`)
  } catch (error) {
    child.kill('SIGKILL')
    throw new Error(`${(error as Error).message}\n${printed}`)
  }
  if (!running(child)) throw new Error(`slipway serve ended with exit code ${child.exitCode}:\n${printed}`)
  return { url, port, pid: child.pid as number, logs: () => parsedLines(printed), printed: () => printed, stop, kill }
}

/** Octets of memory that a process holds (Linux). */
export function residentBytes(pid: number): number {
  const kilobytes = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB/m)?.[1]
  return Number(kilobytes) * 1024
}

/** Processes of the replicas below the server (Linux), found by their command line. */
export function replicaPids(serverPid: number): readonly number[] {
  return childrenOf(serverPid, /replicas\/worker\.(ts|js)/)
}

/** Further HTTP processes below the server (Linux). */
export function httpPids(serverPid: number): readonly number[] {
  return childrenOf(serverPid, /http-processes\/program\.(ts|js)/)
}

function childrenOf(serverPid: number, program: RegExp): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`))
    .filter((name) => {
      try {
        const parent = readFileSync(`/proc/${name}/stat`, 'utf8').match(/^\d+ \(.*\) \S (\d+)/)?.[1]
        return parent === String(serverPid) && program.test(readFileSync(`/proc/${name}/cmdline`, 'utf8'))
      } catch {
        return false
      }
    })
    .map(Number)
}
