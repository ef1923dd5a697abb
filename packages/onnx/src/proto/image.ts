/** A model file in memory without its tensor data: small files whole, large ones with holes where weights lie. */
import { damaged, refusal } from '../refusal.ts'
import type { FileSource } from '../source.ts'
import { findHoles, type Hole } from './holes.ts'
import type { Segment, Segments } from './segments.ts'

const WHOLE_BYTES = 16 * 2 ** 20
const READ_BYTES = 64 * 2 ** 20
const EMPTY: Segment = { start: 0, bytes: new Uint8Array() }

/** What of a file is in memory, in the file's own offsets. */
export class FileImage implements Segments {
  readonly size: number
  readonly #segments: readonly Segment[]

  constructor(size: number, segments: readonly Segment[]) {
    this.size = size
    this.#segments = segments
  }

  segmentAt(offset: number): Segment {
    if (offset === this.size) return EMPTY
    let low = 0
    let high = this.#segments.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const segment = this.#segments[middle] as Segment
      if (offset < segment.start) high = middle - 1
      else if (offset >= segment.start + segment.bytes.byteLength) low = middle + 1
      else return segment
    }
    throw damaged(offset, 'tensor data where structure was expected')
  }
}

/** Reads a file's structure. Refuses more than `structureBytes` of it, so that no file fills the memory. */
export async function loadImage(source: FileSource, structureBytes: number): Promise<FileImage> {
  if (source.size <= Math.min(WHOLE_BYTES, structureBytes))
    return new FileImage(source.size, [{ start: 0, bytes: await source.read(0, source.size) }])
  const kept = between(await findHoles(source), source.size)
  const total = kept.reduce((sum, { start, end }) => sum + end - start, 0)
  if (total > structureBytes)
    throw refusal(
      `the model holds ${total} bytes besides its tensor data; at most ${structureBytes} are read: split it or keep its data in initializers`,
    )
  const segments: Segment[] = []
  for (const { start, end } of kept) segments.push({ start, bytes: await readRange(source, start, end) })
  return new FileImage(source.size, segments)
}

/** A stretch of the file, read in pieces that no system call refuses. */
async function readRange(source: FileSource, start: number, end: number): Promise<Uint8Array> {
  if (end - start <= READ_BYTES) return source.read(start, end - start)
  const bytes = new Uint8Array(end - start)
  for (let at = start; at < end; at += READ_BYTES) bytes.set(await source.read(at, Math.min(READ_BYTES, end - at)), at - start)
  return bytes
}

function between(holes: readonly Hole[], size: number): Hole[] {
  const kept: Hole[] = []
  let from = 0
  for (const hole of holes) {
    if (hole.start > from) kept.push({ start: from, end: hole.start })
    from = hole.end
  }
  if (from < size) kept.push({ start: from, end: size })
  return kept
}
