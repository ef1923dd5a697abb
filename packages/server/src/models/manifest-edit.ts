/** Settings put into a manifest that people wrote: its comments, its order and everything else stay. */
import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { isMap, parseDocument } from 'yaml'
import { parseManifest } from './manifest.ts'

/** Values by path, such as `['replicas', 'count']`. */
export type ManifestChange = readonly (readonly [path: readonly string[], value: unknown])[]

/** The text with those values in it. Throws INVALID_ARGUMENT when the text is no manifest, or would be none afterwards. */
export function editManifest(text: string, change: ManifestChange): string {
  parseManifest(text)
  const document = parseDocument(text)
  for (const [path, value] of change) {
    if (document.contents === null) document.contents = document.createNode({}) as unknown as typeof document.contents
    const [section] = path
    // `replicas:` with nothing behind it.
    if (section !== undefined && path.length > 1 && !isMap(document.get(section))) document.set(section, document.createNode({}))
    document.setIn(path, value)
  }
  const edited = document.toString({ lineWidth: 0 })
  parseManifest(edited)
  return edited
}

/** Changes the file, whole or not at all; a file that does not exist is made. */
export async function writeManifest(path: string, change: ManifestChange): Promise<void> {
  const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const draft = `${path}.${randomUUID()}.tmp`
  await writeFile(draft, editManifest(before, change))
  await rename(draft, path)
}
