/** The carrier of choice: one child process for each replica, reached over a unix socket. */

import { getCompileCacheDir } from 'node:module'
import { connect as connectSocket, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isErrorCode, ServeError, type Tensors } from '@slipway/protocol'
import { systemClock } from '../base/clock.ts'
import { type Exit, spawnChild } from '../base/process.ts'
import { type Carrier, type Link, LinkLost, type RunResult, type Worker, type WorkerSpec } from './carrier.ts'
import { decodeTensors, encodeTensors, type Frame, type FrameKind, FrameReader, KIND, type TensorHead } from './frames.ts'

const LISTENING = 'slipway-worker listening'
const MOST_FRAME_BYTES = 2 ** 32 - 1

export interface ProcessCarrierOptions {
  /** A private folder (0700) for the sockets. */
  readonly folder: string
  /** The command line of a worker, which gets the socket's path as its last argument. */
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
}

/** The worker of this package, under the engine that runs this process. */
export function workerCommand(): readonly [string, ...string[]] {
  const script = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
  // A worker's garbage is small and dies at once; room for more of it would only be held.
  const flags = process.versions.bun === undefined ? ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=2'] : []
  return [process.execPath, ...flags, fileURLToPath(new URL(script, import.meta.url))]
}

/**
 * What every worker gets of the environment. Its sources are compiled once for all of them, as the server's are: a process that has to strip
 * types itself holds 20 MB for it. One arena of malloc, since a worker's threads hardly allocate at one time.
 */
export function workerVariables(): Readonly<Record<string, string>> {
  const cache = getCompileCacheDir?.()
  return { MALLOC_ARENA_MAX: '1', ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) }) }
}

export function createProcessCarrier({ folder, command, env }: ProcessCarrierOptions): Carrier {
  let count = 0
  return {
    name: 'process',
    async spawn(memoryBytes: number, onLine: (line: string) => void): Promise<Worker> {
      count += 1
      const address = join(folder, `w${count}.sock`)
      const listening = Promise.withResolvers<void>()
      const [program, ...args] = command
      const child = await spawnChild({
        command: program,
        args: [...args, address],
        env,
        memoryBytes,
        onLine: (line) => (line === LISTENING ? listening.resolve() : onLine(line)),
      })
      const ended = child.exited.then((exit) => {
        throw new ServeError('UNAVAILABLE', notStarted(exit, memoryBytes))
      })
      await Promise.race([listening.promise, ended])
      ended.catch(() => undefined)
      return { address, pid: child.pid, exited: child.exited, kill: () => child.kill('SIGKILL') }
    },
    async connect(address: string): Promise<Link> {
      const socket = connectSocket(address)
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('error', reject)
      })
      return new SocketLink(socket)
    },
  }
}

/** The engine alone takes about half of this before it holds a model. */
const LITTLE_MEMORY_BYTES = 2 ** 30

function notStarted(exit: Exit, memoryBytes: number): string {
  const ended = `a worker ended before it listened (${exit.signal ?? `exit code ${exit.code}`})`
  if (memoryBytes >= LITTLE_MEMORY_BYTES) return ended
  return `${ended}; limits.memoryBytes gives it ${memoryBytes} octets, which may be too little: allow ${LITTLE_MEMORY_BYTES} or more`
}

interface Asked {
  resolve(frame: Frame): void
  reject(error: unknown): void
}

class SocketLink implements Link {
  readonly #socket: Socket
  readonly #asked = new Map<number, Asked>()
  #nextId = 0
  #closed = false

  constructor(socket: Socket) {
    this.#socket = socket
    const reader = new FrameReader((frame) => this.#answered(frame), MOST_FRAME_BYTES)
    socket.on('data', (chunk) => {
      try {
        reader.push(chunk)
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    socket.on('error', () => {
      // The close that follows is what counts.
    })
    socket.on('close', () => this.#lost())
  }

  async open({ defaults, ...spec }: WorkerSpec): Promise<void> {
    await this.#ask((id) => encodeTensors(KIND.open, id, [defaults], spec))
  }

  async run(parts: readonly Tensors[]): Promise<RunResult> {
    const sentAt = systemClock.monotonic()
    const frame = await this.#ask((id) => encodeTensors(KIND.run, id, parts, {}))
    const header = frame.header as { readonly tensors: readonly TensorHead[]; readonly inferMs: number; readonly transformMs: number }
    const outputs = decodeTensors(header, frame.payload)
    const { inferMs, transformMs } = header
    return { outputs, inferMs, transformMs, transportMs: Math.max(0, systemClock.monotonic() - sentAt - inferMs - transformMs) }
  }

  close(): void {
    this.#socket.end()
  }

  #ask(encode: (id: number) => readonly Uint8Array[]): Promise<Frame> {
    if (this.#closed) return Promise.reject(new LinkLost())
    this.#nextId = (this.#nextId + 1) >>> 0
    const id = this.#nextId
    const parts = encode(id)
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject })
      if (parts.length === 1) {
        this.#socket.write(parts[0] as Uint8Array)
        return
      }
      this.#socket.cork()
      for (const part of parts) this.#socket.write(part)
      this.#socket.uncork()
    })
  }

  #answered(frame: Frame): void {
    const asked = this.#asked.get(frame.id)
    if (asked === undefined) return
    this.#asked.delete(frame.id)
    if (frame.kind === (KIND.error as FrameKind)) asked.reject(errorOf(frame.header))
    else asked.resolve(frame)
  }

  #lost(): void {
    this.#closed = true
    for (const asked of this.#asked.values()) asked.reject(new LinkLost())
    this.#asked.clear()
  }
}

function errorOf(header: unknown): ServeError {
  const { code, message } = header as { readonly code: unknown; readonly message: unknown }
  return new ServeError(isErrorCode(code) ? code : 'INTERNAL', String(message))
}
