/** What a test asks of a file that must not be served. */
import assert from 'node:assert/strict'
import { ServeError } from '@slipway/protocol'
import { bytesSource, type Folder, type ReadOptions, readOnnx } from '../../src/main.ts'

/** The folder of a model that has no file beside it. */
export const emptyFolder: Folder = { open: async () => ({ refused: 'missing' }) }

/** Reads a file that lies alone. */
export function readAlone(bytes: Uint8Array, options: ReadOptions = {}) {
  return readOnnx(bytesSource(bytes), emptyFolder, options)
}

/** The file is refused with a sentence of a bearable length that says this. */
export async function assertRefused(
  bytes: Uint8Array,
  says: RegExp,
  options: ReadOptions & { readonly folder?: Folder } = {},
): Promise<void> {
  const { folder = emptyFolder, ...rest } = options
  await assert.rejects(readOnnx(bytesSource(bytes), folder, rest), (error) => {
    assert.ok(error instanceof ServeError, `${error}`)
    assert.equal(error.code, 'INVALID_ARGUMENT')
    assert.match(error.message, says)
    assert.ok(error.message.length < 2000, `${error.message.length} characters`)
    return true
  })
}
