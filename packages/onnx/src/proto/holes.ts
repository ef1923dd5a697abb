/** Finds the large stretches of tensor data in a model file by walking only the messages that are large enough to hold some. */
import { damaged } from '../refusal.ts'
import type { FileSource } from '../source.ts'
import type { Segment, Segments } from './segments.ts'
import { LENGTH, WireReader } from './wire-reader.ts'

/** A stretch of the file, `end` excluded. */
export interface Hole {
  readonly start: number
  readonly end: number
}

const LARGE_BYTES = 64 * 1024
const WINDOW_BYTES = 2 ** 20
/** A tag and a length take at most 20 octets. */
const HEADER_BYTES = 20
const MAX_DEPTH = 48

type Kind = 'model' | 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'function' | 'training'

/** Fields of onnx.proto that are messages which may hold tensor data, and those that are the data. */
const LAYOUT: Readonly<Record<Kind, Readonly<Record<number, Kind | 'data'>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 7: 'data', 8: 'data', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  tensor: { 4: 'data', 5: 'data', 7: 'data', 9: 'data', 10: 'data', 11: 'data' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  function: { 7: 'node', 11: 'attribute' },
  training: { 1: 'graph', 2: 'graph' },
}

/** One stretch of the file at a time. */
class Window implements Segments {
  readonly #source: FileSource
  #segment: Segment = { start: 0, bytes: new Uint8Array() }

  constructor(source: FileSource) {
    this.#source = source
  }

  holds(offset: number): boolean {
    const { start, bytes } = this.#segment
    const end = start + bytes.byteLength
    return offset >= start && (offset + HEADER_BYTES <= end || end === this.#source.size)
  }

  async move(offset: number): Promise<void> {
    const length = Math.min(WINDOW_BYTES, this.#source.size - offset)
    this.#segment = { start: offset, bytes: await this.#source.read(offset, length) }
  }

  segmentAt(): Segment {
    return this.#segment
  }
}

interface Open {
  readonly kind: Kind
  readonly fields: WireReader
}

/** Every stretch of tensor data of at least 64 KiB, in the file's order. */
export async function findHoles(source: FileSource): Promise<Hole[]> {
  const window = new Window(source)
  const holes: Hole[] = []
  const open: Open[] = [{ kind: 'model', fields: new WireReader(window, 0, source.size) }]
  while (open.length > 0) {
    const { kind, fields } = open.at(-1) as Open
    if (fields.position >= fields.end) {
      open.pop()
      continue
    }
    if (!window.holds(fields.position)) await window.move(fields.position)
    fields.next()
    const holds = fields.wire === LENGTH && fields.length >= LARGE_BYTES ? LAYOUT[kind][fields.number] : undefined
    if (holds === 'data') holes.push({ start: fields.value, end: fields.position })
    else if (holds !== undefined && open.length >= MAX_DEPTH) throw damaged(fields.start, 'messages that are nested too deeply')
    else if (holds !== undefined) open.push({ kind: holds, fields: fields.message() })
  }
  return holes
}
