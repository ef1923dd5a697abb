/** Folders that tests write into. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'

/** An empty folder that is removed when the test file is done. Its path holds no link. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-test-')))
  after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A temporary folder with files by relative path; a path that ends in `/` is an empty folder. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder()
  for (const [path, contents] of Object.entries(files)) {
    const target = join(folder, path)
    await mkdir(path.endsWith('/') ? target : dirname(target), { recursive: true })
    if (!path.endsWith('/')) await writeFile(target, contents)
  }
  return folder
}
