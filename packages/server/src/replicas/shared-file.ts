/**
 * A file in memory through which the tensors of large frames reach a worker: written once, read once, where a socket hands them over in many
 * small pieces and wakes both sides for each. Only the octets that were written take memory, and they go with the last who has it open.
 */
import { closeSync, constants, existsSync, openSync, readSync, rmSync, writevSync } from 'node:fs'
import { join } from 'node:path'

/** Memory that looks like a file system; elsewhere frames go by the socket alone. */
const MEMORY = '/dev/shm'
/** Frames up to this have the pieces of the file; larger ones are rare enough for the socket. */
export const MOST_SHARED_BYTES = 32 * 2 ** 20
/** As many as are under way at once (docs/frames.md, rule 1). */
const PIECES = 2
/** Private to the user, and only ever made anew: nobody can have put something there before. */
const MAKE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

export const hasSharedMemory = (): boolean => process.platform === 'linux' && existsSync(MEMORY)

/** The sender's side. */
export class SharedFile {
  readonly path: string
  readonly #file: number
  readonly #free: number[] = Array.from({ length: PIECES }, (_, index) => index * MOST_SHARED_BYTES)
  #closed = false

  /** Throws when the file cannot be made. `name` must be nobody else's. */
  constructor(name: string) {
    this.path = join(MEMORY, name)
    this.#file = openSync(this.path, MAKE, 0o600)
  }

  /** Where the parts lie now, one behind the other; undefined when there is no room for them. Give the place back when the worker is done. */
  put(parts: readonly Uint8Array[], bytes: number): number | undefined {
    if (bytes > MOST_SHARED_BYTES) return undefined
    const at = this.#free.pop()
    if (at === undefined) return undefined
    try {
      if (writevSync(this.#file, [...parts], at) === bytes) return at
    } catch {
      // The memory that may be shared is used up, as 64 MB in a container soon are.
    }
    this.#free.push(at)
    return undefined
  }

  giveBack(at: number): void {
    this.#free.push(at)
  }

  /** Takes the name away; who has the file open keeps it. */
  hide(): void {
    rmSync(this.path, { force: true })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.hide()
    closeSync(this.#file)
  }
}

/** The worker's side: reads what lies at a place into the memory handed in. */
export class SharedReader {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  }

  /** Throws RangeError when the file ends before. */
  read(at: number, into: Buffer): void {
    for (let done = 0; done < into.byteLength; ) {
      const read = readSync(this.#file, into, done, into.byteLength - done, at + done)
      if (read === 0) throw new RangeError('the shared file ends inside a frame')
      done += read
    }
  }

  close(): void {
    closeSync(this.#file)
  }
}
