/** Files of a model package, which may be hostile: no links are followed, and what is checked is a private copy that nobody else can change. */
import { constants } from 'node:fs'
import { chmod, copyFile, type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { FileSource, Folder } from '@slipway/onnx'
import { ServeError } from '@slipway/protocol'

/** An opened regular file, or why it may not be used. */
type Opened = { readonly handle: FileHandle; readonly size: number; readonly links: number } | { readonly refused: string }

/** Opens a regular file without following a link in its last part, and without waiting for a pipe's other end. */
async function openRegular(path: string): Promise<Opened> {
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return { refused: 'missing' }
    if (code === 'ELOOP' || code === 'EMLINK') return { refused: 'symbolic link' }
    return { refused: code === 'EACCES' || code === 'EPERM' ? 'not readable by this user' : `not readable (${code ?? 'unknown'})` }
  }
  const stat = await handle.stat()
  if (stat.isFile()) return { handle, size: stat.size, links: stat.nlink }
  await handle.close()
  return { refused: stat.isDirectory() ? 'a folder' : 'no regular file' }
}

/** The whole of a small file as text or bytes, or why it may not be read. */
export async function readSmall(path: string, mostBytes: number): Promise<{ readonly bytes: Buffer } | { readonly refused: string }> {
  const opened = await openRegular(path)
  if ('refused' in opened) return opened
  try {
    if (opened.size > mostBytes) return { refused: `larger than ${mostBytes} bytes` }
    return { bytes: await opened.handle.readFile() }
  } finally {
    await opened.handle.close()
  }
}

/** Reads from an opened file; rejects past its end. */
function handleSource({ handle, size, links }: Exclude<Opened, { refused: string }>): FileSource {
  return {
    size,
    links,
    read: async (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > size) throw new RangeError(`read past the end: ${offset} + ${length} of ${size}`)
      const bytes = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
        if (bytesRead === 0) throw new RangeError(`the file became shorter than ${size} bytes`)
        done += bytesRead
      }
      return bytes
    },
  }
}

/** Copies the very file that was opened, not whatever its path names by now; shares blocks where the file system can. */
async function copyOpened({ handle }: { readonly handle: FileHandle }, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  const copied =
    process.platform === 'linux' &&
    (await copyFile(`/proc/self/fd/${handle.fd}`, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL).then(
      () => true,
      () => false,
    ))
  if (!copied) await copyByReading(handle, target)
  await chmod(target, 0o600)
}

const CHUNK = 1 << 20

async function copyByReading(handle: FileHandle, target: string): Promise<void> {
  const out = await open(target, 'w', 0o600)
  try {
    const chunk = new Uint8Array(CHUNK)
    for (let offset = 0; ; ) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, offset)
      if (bytesRead === 0) return
      await out.writeFile(chunk.subarray(0, bytesRead))
      offset += bytesRead
    }
  } finally {
    await out.close()
  }
}

/**
 * The folder that a model lies in, as readOnnx asks for it: every file that is opened is copied to the private folder first, and it is the copy
 * that is read. Refuses links of both kinds and everything outside.
 */
export class CopyingFolder implements Folder {
  /** Copies made so far, by their path relative to the model. */
  readonly copies = new Map<string, string>()
  readonly #root: string
  readonly #target: string
  readonly #modelName: string
  readonly #handles: FileHandle[] = []
  readonly #sources = new Map<string, FileSource>()

  constructor(root: string, target: string, modelName: string) {
    this.#root = root
    this.#target = target
    this.#modelName = modelName
  }

  async open(path: string): Promise<FileSource | { readonly refused: string }> {
    const parts = path.split('/')
    if (path.includes('\0') || path.includes('\\') || parts.some((part) => part === '' || part === '.' || part === '..'))
      return { refused: 'outside' }
    const known = this.#sources.get(path)
    if (known !== undefined) return known
    const opened = await openBelow(this.#root, parts)
    if ('refused' in opened) return opened
    try {
      // A model that is shared by hard links must still be a model; external data could be any file, and would be read as weights.
      if (opened.links > 1 && path !== this.#modelName) return { refused: 'hard link' }
      const target = join(this.#target, ...parts)
      await copyOpened(opened, target)
      const copy = await openRegular(target)
      if ('refused' in copy) throw new ServeError('INTERNAL', `the private copy of ${path} is ${copy.refused}`)
      this.#handles.push(copy.handle)
      const source = handleSource({ ...copy, links: opened.links })
      this.#sources.set(path, source)
      this.copies.set(path, target)
      return source
    } finally {
      await opened.handle.close()
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#handles.splice(0).map((handle) => handle.close()))
  }
}

/** Opens a file below a folder; none of the parts may be a link, and what was opened must lie there still. */
async function openBelow(root: string, parts: readonly string[]): Promise<Opened> {
  const path = join(root, ...parts)
  const opened = await openRegular(path)
  if ('refused' in opened) return opened
  try {
    const place = join(await realpath(root), ...parts)
    const [real, there, here] = await Promise.all([realpath(path), lstat(path), opened.handle.stat()])
    if (real === place && there.ino === here.ino && there.dev === here.dev) return opened
    await opened.handle.close()
    return { refused: real.startsWith(`${await realpath(root)}${sep}`) ? 'symbolic link' : 'outside' }
  } catch {
    await opened.handle.close()
    return { refused: 'missing' }
  }
}
