import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Check, ok } from './check.ts'

/** The longest name that replicas get below their private folder. */
const LONGEST_NAME = 'w999999.sock'

/** Replicas are reached over unix sockets in the temporary folder, whose paths may hold about a hundred characters (unix(7)). */
export const sockets: Check = {
  name: 'Temporary folder',
  run: async () => {
    const root = tmpdir()
    let folder: string | undefined
    try {
      folder = await mkdtemp(join(root, 'slipway-'))
      await listen(process.platform === 'win32' ? `\\\\.\\pipe\\slipway-doctor-${process.pid}` : join(folder, LONGEST_NAME))
      return ok(`${root} can hold the sockets of replicas`)
    } catch (error) {
      return {
        status: 'failed',
        what: `no socket for replicas can be made in ${root}`,
        why: `${(error as Error).message}. The folder must be writable, on a file system that knows sockets, and its path at most about 80 characters long.`,
        next: 'TMPDIR=/tmp slipway serve …',
      }
    } finally {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    }
  },
}

function listen(path: string): Promise<void> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => server.close(() => resolve()))
  })
}
