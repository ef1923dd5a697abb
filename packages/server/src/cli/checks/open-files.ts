import { readFile } from 'node:fs/promises'
import { run } from '../../base/process.ts'
import { type Check, ok } from './check.ts'

/** Room for the listener, the replicas' sockets and files beside the connections. */
const BESIDE = 256
const TIMEOUT_MS = 5000

/** Every connection is an open file. */
export const openFiles: Check = {
  name: 'Open files',
  run: async ({ config }) => {
    const limit = await openFileLimit()
    if (limit === undefined) return ok('no limit is known on this system')
    const wanted = (config instanceof Error ? 10_000 : config.config.http.maxConnections) + BESIDE
    const what = `${limit} open files allowed`
    if (limit >= wanted) return ok(what)
    return {
      status: 'warning',
      what,
      why: `http.maxConnections and the replicas may need ${wanted}; past the limit new connections are refused.`,
      next: `ulimit -n ${wanted}    (before slipway serve, or set http.maxConnections to ${Math.max(1, limit - BESIDE)})`,
    }
  },
}

async function openFileLimit(): Promise<number | undefined> {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8')) ?? []
    if (limit !== undefined) return Number(limit)
  } catch {
    // Not Linux: ask the shell below.
  }
  if (process.platform === 'win32') return undefined
  const limit = Number((await run('/bin/sh', ['-c', 'ulimit -n'], TIMEOUT_MS)).stdout.trim())
  return Number.isFinite(limit) ? limit : undefined
}
