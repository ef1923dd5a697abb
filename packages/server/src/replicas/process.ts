/** The carrier of choice: one child process for each replica, reached over a unix socket. */

import { getCompileCacheDir } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ServeError } from '@slipway/protocol'
import { type Exit, spawnChild } from '../base/process.ts'
import type { Carrier, Link, Worker } from './carrier.ts'
import { openLink } from './process-link.ts'
import { type ConnectWire, connectNode } from './process-wire.ts'

const LISTENING = 'slipway-worker listening'

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
  // A worker's garbage is small and dies at once; room for more of it would only be held. But large tensors count against the old
  // generation, and must not set off a full collection every few runs.
  const flags =
    process.versions.bun === undefined
      ? ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=2', '--initial-old-space-size=128']
      : []
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

/** Of all carriers, since they may share a folder. */
let count = 0

export function createProcessCarrier({ folder, command, env }: ProcessCarrierOptions): Carrier {
  const wires = engineWires()
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
    connect: async (address: string): Promise<Link> => openLink(address, await wires),
  }
}

/** The sockets of the engine that runs this process. */
async function engineWires(): Promise<ConnectWire> {
  return process.versions.bun === undefined ? connectNode : (await import('./process-bun.ts')).connectBun
}

/** The engine alone takes about half of this before it holds a model. */
const LITTLE_MEMORY_BYTES = 2 ** 30

function notStarted(exit: Exit, memoryBytes: number): string {
  const ended = `a worker ended before it listened (${exit.signal ?? `exit code ${exit.code}`})`
  if (memoryBytes >= LITTLE_MEMORY_BYTES) return ended
  return `${ended}; limits.memoryBytes gives it ${memoryBytes} octets, which may be too little: allow ${LITTLE_MEMORY_BYTES} or more`
}
