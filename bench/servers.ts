/** Who is measured: how each server is started, and how it is told to stop. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'

export interface Server {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly port: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** How long it may take until its port accepts; 20 s when absent. */
  readonly startLimitMs?: number
}

export interface Running {
  readonly server: Server
  readonly pid: number
  readonly startedAt: number
  stop(): Promise<void>
}

const HERE = import.meta.dirname
export const MODELS = join(HERE, '..', 'packages', 'server', 'test', 'fixtures', 'conformance')
export const START_LIMIT_MS = 20_000
const STOP_LIMIT_MS = 10_000

/** Slipway with its defaults on the Node that runs this; `model` is a name in MODELS, or an absolute path. */
export function slipway(model: string, port: number, flags: readonly string[] = ['--grpc-port', 'off']): Server {
  const command = join(HERE, '..', 'packages', 'server', 'bin', 'slipway.mjs')
  return {
    name: 'Slipway',
    command: [process.execPath, command, 'serve', resolve(MODELS, model), '--port', String(port), ...flags],
    port,
  }
}

/** One uvicorn worker for each core. Its access log is off, which favours it: it would write a line for each request. */
export function fastapi(app: 'documented' | 'tuned', python: string, port: number): Server {
  const workers = String(availableParallelism())
  const extra = app === 'tuned' ? ['--loop', 'uvloop', '--http', 'httptools'] : []
  return {
    name: `FastAPI, ${app === 'tuned' ? 'tuned by hand' : 'as documented'}`,
    command: [python, '-m', 'uvicorn', `${app}:app`, '--workers', workers, '--port', String(port), '--no-access-log', ...extra],
    port,
    cwd: join(HERE, 'peers', 'fastapi'),
    env: { MODEL: join(MODELS, 'mlp64.onnx'), PYTHONDONTWRITEBYTECODE: '1' },
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Waits until nobody accepts on a port any more; false when somebody still does after `limitMs`. */
export async function portIsFree(port: number, limitMs: number): Promise<boolean> {
  for (const until = performance.now() + limitMs; performance.now() < until; await pause(20)) if (!(await accepts(port))) return true
  return false
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Starts a server and waits until its port accepts; rejects with what it printed when it does not. */
export async function startServer(server: Server): Promise<Running> {
  if (await accepts(server.port)) throw new Error(`port ${server.port} is taken, so ${server.name} cannot be measured on it`)
  const [file, ...args] = server.command
  const startedAt = performance.now()
  const child = spawn(file, args, { cwd: server.cwd, env: { ...process.env, ...server.env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-4000)
    })
  const exited = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await exited
    clearTimeout(limit)
  }
  while (!(await accepts(server.port))) {
    if (child.exitCode !== null || performance.now() - startedAt > (server.startLimitMs ?? START_LIMIT_MS)) {
      if (child.exitCode === null) await stop()
      throw new Error(`${server.name} did not start (${server.command.join(' ')}):\n${printed}`)
    }
    await pause(5)
  }
  return { server, pid: child.pid as number, startedAt, stop }
}
