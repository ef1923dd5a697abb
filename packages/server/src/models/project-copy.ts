/** The private copy of a Python project: what is opened later is what was looked at, whatever happens to the folder meanwhile. */
import { constants, createReadStream } from 'node:fs'
import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { extract } from 'tar'
import { createDigest, digestText } from '../base/digest.ts'
import { NO_PART } from './layout.ts'

const ARCHIVE = 'model.tar.gz'
/** What an archive may hold. */
const MOST_ARCHIVED = { files: 20_000, bytes: 64 * 2 ** 30 }

/** Copies the project (sharing blocks where the file system can) and unpacks a SageMaker archive in it. Answers its digest and size. */
export async function copyProject(
  folder: string,
  target: string,
  manifest: Uint8Array,
): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
  await cp(folder, target, {
    recursive: true,
    dereference: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) =>
      path === folder ||
      !relative(folder, path)
        .split(sep)
        .some((part) => NO_PART.has(part)),
  })
  await unpack(target)
  return digestOf(target, manifest)
}

/** Whether the project's files lie in an archive, as SageMaker has them. */
export async function isArchived(folder: string): Promise<boolean> {
  return (await stat(join(folder, ARCHIVE)).catch(() => undefined))?.isFile() ?? false
}

async function unpack(folder: string): Promise<void> {
  if (!(await isArchived(folder))) return
  const archive = join(folder, ARCHIVE)
  try {
    await extractTo(folder, archive)
  } catch (error) {
    throw new ServeError('INVALID_ARGUMENT', `${ARCHIVE} cannot be unpacked: ${(error as Error).message}`, { cause: error })
  }
  await rm(archive)
}

/** Rejects at the first entry that has no place in a model; nothing after it is read. */
function extractTo(folder: string, archive: string): Promise<void> {
  const seen = { files: 0, bytes: 0 }
  return new Promise((resolve, reject) => {
    const source = createReadStream(archive)
    const filter = (path: string, entry: unknown): boolean => {
      const problem = problemOf(path, entry as Entry, seen)
      // The parser has no way to take an error from here.
      if (problem !== undefined) source.destroy(new Error(problem))
      return problem === undefined && !source.destroyed
    }
    const target = extract({ cwd: folder, strict: true, preservePaths: false, filter })
    source.on('error', reject)
    target.on('error', reject)
    target.on('close', () => resolve())
    source.pipe(target)
  })
}

interface Entry {
  readonly type?: string
  readonly size?: number
}

function problemOf(path: string, { type, size = 0 }: Entry, seen: { files: number; bytes: number }): string | undefined {
  // Links and devices have no place in a model: they could point out of it.
  if (type !== 'File' && type !== 'OldFile' && type !== 'Directory') return `${basename(path)} is a ${type}, not a file`
  if (path.split('/').includes('..') || path.startsWith('/')) return `${basename(path)} lies outside`
  seen.files += 1
  seen.bytes += size
  return seen.files > MOST_ARCHIVED.files || seen.bytes > MOST_ARCHIVED.bytes ? 'it holds too much' : undefined
}

async function digestOf(folder: string, manifest: Uint8Array): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
  const digest = createDigest()
  digest.update(`manifest ${manifest.byteLength}\n`).update(manifest)
  let sizeBytes = 0
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
  for (const name of names) {
    const own = createDigest()
    for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 1 << 20 })) {
      own.update(chunk as Buffer)
      sizeBytes += (chunk as Buffer).byteLength
    }
    digest.update(`${JSON.stringify(name)} ${digestText(own)}\n`)
  }
  return { digest: digestText(digest), sizeBytes }
}

/** A folder of its own for the copy, below the home of the package. */
export async function placeFor(home: string): Promise<string> {
  const place = join(home, 'project')
  await mkdir(place, { mode: 0o700 })
  return place
}
