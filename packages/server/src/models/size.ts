/** What a model takes of memory, guessed from its files before anything is opened. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What a worker takes before it opens anything. */
const WORKER_BYTES = 64 * 2 ** 20
/** A file is read once and then held once more as the runtime wants it. */
const TIMES_ITS_FILE = 2

/** Octets of memory of one worker that opens the files of this folder; those of a bare worker when there are none. */
export async function workerBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(({ name }) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    )
  return WORKER_BYTES + TIMES_ITS_FILE * (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
