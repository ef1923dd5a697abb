/** model.yaml on disk, which may be hostile. */
import { ServeError } from '@slipway/protocol'
import { readSmall } from './files.ts'
import { MANIFEST_FILE, NO_MANIFEST, parseManifest } from './manifest.ts'
import type { Manifest } from './manifest-schema.ts'

const MOST_BYTES = 1_000_000

export interface ReadManifest {
  readonly manifest: Manifest
  /** As they are in the file; none where there is no file. */
  readonly bytes: Uint8Array
}

/** What holds for a package: its manifest's file, or the defaults when it has none. Throws INVALID_ARGUMENT for one that cannot be used. */
export async function readManifest(path: string | undefined): Promise<ReadManifest> {
  if (path === undefined) return { manifest: NO_MANIFEST, bytes: new Uint8Array() }
  const read = await readSmall(path, MOST_BYTES)
  if ('refused' in read) throw new ServeError('INVALID_ARGUMENT', `${MANIFEST_FILE} cannot be used: ${read.refused}`)
  return { manifest: parseManifest(read.bytes.toString('utf8')), bytes: read.bytes }
}
