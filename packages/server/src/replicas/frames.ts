/**
 * The binary frames between a server process and a worker (docs/frames.md holds the same for other languages).
 *
 *   0  u32  octets after this field        8  u8   kind             16  header: JSON in UTF-8, padded with spaces
 *   4  u32  id, chosen by the asker        9  3 ×  0                    so that the tensors start at a multiple of 8
 *                                         12  u32  octets of header     tensors, in the header's order, each padded to 8
 *
 * Numbers are little-endian. Because every part is padded, a frame that starts at a multiple of 8 holds tensors that
 * can be viewed as typed arrays without a copy.
 */
import {
  type BytesData,
  byteLength,
  bytesOf,
  type Datatype,
  ITEM_BYTES,
  type NumericData,
  putBlob,
  type Tensor,
  type Tensors,
  tensor,
  viewData,
} from '@slipway/protocol'
import { letGo } from '../base/memory.ts'

export const KIND = { open: 1, opened: 2, run: 3, result: 4, error: 5, close: 6, share: 7, shared: 8 } as const
export type FrameKind = (typeof KIND)[keyof typeof KIND]

/** [name, datatype, shape, octets without padding] */
export type TensorHead = readonly [string, Datatype, readonly number[], number]

export interface Frame {
  readonly kind: FrameKind
  readonly id: number
  readonly header: unknown
  /** The octets after the header. */
  readonly payload: Uint8Array
  /** What the frame alone lies in, where it was put together of several chunks. */
  readonly room?: Buffer
}

const PREFIX = 16
const pad = (size: number) => (8 - (size & 7)) & 7
const ZEROS = new Uint8Array(8)
const NOTHING = Buffer.alloc(0)
/** Tensors up to this are joined into one buffer with their header, above it they go to the socket as they are. */
const JOIN_BYTES = 32 * 1024

interface Opened {
  readonly bytes: Buffer
  /** Where the tensors begin: a multiple of 8 from the start of `bytes`, which itself lies on one. */
  readonly at: number
}

/** Prefix and header of a frame of `bodyBytes` octets of tensors, with room for `room` of them. */
function openFrame(kind: FrameKind, id: number, json: string, body: { readonly bytes: number; readonly room: number }): Opened {
  const headerBytes = Buffer.byteLength(json)
  const header = headerBytes + pad(headerBytes)
  const bytes = allocate(PREFIX + header + body.room)
  bytes.writeUInt32LE(PREFIX + header + body.bytes - 4, 0)
  bytes.writeUInt32LE(id, 4)
  bytes.writeUInt32LE(kind, 8)
  bytes.writeUInt32LE(header, 12)
  bytes.write(json, PREFIX)
  bytes.fill(0x20, PREFIX + headerBytes, PREFIX + header)
  return { bytes, at: PREFIX + header }
}

/** A piece of Node's pool where it lies on a multiple of 8, which is cheaper than memory of its own. */
function allocate(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  return bytes.byteOffset % 8 === 0 ? bytes : Buffer.allocUnsafeSlow(size)
}

/** A frame without tensors. */
export function encodeMessage(kind: FrameKind, id: number, header: unknown): readonly Uint8Array[] {
  return [openFrame(kind, id, JSON.stringify(header), { bytes: 0, room: 0 }).bytes]
}

export interface FrameOptions {
  /** Further fields of the header. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** Puts the tensors of a large frame where the receiver looks for them, and says where that is; undefined when they go with the frame. */
  place?(parts: readonly Uint8Array[], bytes: number): number | undefined
}

/**
 * A frame of tensors, as the parts to be written in order. `parts` are the same names, datatypes and trailing shapes; each tensor's rows are
 * joined in order: a small frame's by the one copy into it, a large one's on the way to the socket, or to where `place` puts them.
 */
export function encodeTensors(
  kind: FrameKind,
  id: number,
  parts: readonly Tensors[],
  { fields, place }: FrameOptions = {},
): readonly Uint8Array[] {
  const heads: TensorHead[] = []
  const columns: (readonly Tensor[])[] = []
  let bodyBytes = 0
  for (const [name, first] of parts[0] ?? []) {
    const whole = parts.length === 1 ? [first] : parts.map((part) => part.get(name) as Tensor)
    let size = 0
    for (const one of whole) size += byteLength(one)
    heads.push([name, first.datatype, joinedShape(whole), size])
    columns.push(whole)
    bodyBytes += size + pad(size)
  }
  if (bodyBytes > JOIN_BYTES) {
    const loose = looseParts(columns)
    const at = place?.(loose, bodyBytes)
    const json = JSON.stringify({ ...fields, tensors: heads, at })
    if (at !== undefined) return [openFrame(kind, id, json, { bytes: 0, room: 0 }).bytes]
    return [openFrame(kind, id, json, { bytes: bodyBytes, room: 0 }).bytes, ...loose]
  }
  const json = JSON.stringify({ ...fields, tensors: heads })
  const frame = openFrame(kind, id, json, { bytes: bodyBytes, room: bodyBytes })
  joinInto(frame, columns)
  return [frame.bytes]
}

/** Each tensor's octets as they lie, with the padding between. */
function looseParts(columns: readonly (readonly Tensor[])[]): readonly Uint8Array[] {
  const loose: Uint8Array[] = []
  for (const whole of columns) {
    let size = 0
    for (const one of whole) {
      const octets = one.datatype === 'BYTES' ? packBytes(one.data) : bytesOf(one.data)
      loose.push(octets)
      size += octets.byteLength
    }
    if (pad(size) > 0) loose.push(ZEROS.subarray(0, pad(size)))
  }
  return loose
}

/** Copies element by element type, one view for each tensor of the frame: to view each small part as octets costs more than its copy. */
function joinInto({ bytes, at: from }: Opened, columns: readonly (readonly Tensor[])[]): void {
  let at = from
  for (const whole of columns) {
    const start = at
    const [first] = whole as readonly [Tensor]
    if (first.datatype === 'BYTES') for (const one of whole) at = putBlob(bytes, at, one)
    else {
      const size = ITEM_BYTES[first.datatype]
      const rest = bytes.byteLength - at
      const view = viewData(first.datatype, bytes.subarray(at, at + rest - (rest % size))) as Float64Array
      let index = 0
      for (const one of whole) {
        view.set(one.data as Float64Array, index)
        index += one.data.length
      }
      at += index * size
    }
    const padding = pad(at - start)
    bytes.fill(0, at, at + padding)
    at += padding
  }
}

function joinedShape(whole: readonly Tensor[]): readonly number[] {
  const first = whole[0] as Tensor
  if (whole.length === 1) return first.shape
  return [whole.reduce((rows, one) => rows + (one.shape[0] as number), 0), ...first.shape.slice(1)]
}

/** Octets of all tensors with the padding between. */
export const bytesOfHeads = (tensors: readonly TensorHead[]): number => tensors.reduce((sum, [, , , size]) => sum + size + pad(size), 0)

/** The tensors of a frame, as views of its payload. Throws RangeError when they are not what the header says. */
export function decodeTensors(header: { readonly tensors: readonly TensorHead[] }, payload: Uint8Array): Tensors {
  const found = new Map<string, Tensor>()
  let offset = 0
  for (const [name, datatype, shape, size] of header.tensors) {
    if (offset + size > payload.byteLength) throw new RangeError(`frame ends inside tensor ${name}`)
    const bytes = payload.subarray(offset, offset + size)
    const data = datatype === 'BYTES' ? unpackBytes(bytes) : (viewData(datatype, bytes) as NumericData)
    let count = 1
    for (const length of shape) count *= length
    if (data.length !== count) throw new RangeError(`tensor ${name} has ${data.length} elements, which are no [${shape.join(', ')}]`)
    found.set(name, tensor(datatype, shape, data))
    offset += size + pad(size)
  }
  return found
}

function packBytes(elements: BytesData): Uint8Array {
  const value = tensor('BYTES', [elements.length], elements)
  const packed = Buffer.allocUnsafe(byteLength(value))
  putBlob(packed, 0, value)
  return packed
}

function unpackBytes(bytes: Uint8Array): BytesData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements: Uint8Array[] = []
  for (let offset = 0; offset < bytes.byteLength; ) {
    const end = offset + 4 + (offset + 4 <= bytes.byteLength ? view.getUint32(offset, true) : 0)
    if (end > bytes.byteLength) throw new RangeError('frame ends inside a BYTES element')
    elements.push(bytes.subarray(offset + 4, end))
    offset = end
  }
  return elements
}

/** What is kept of the rooms of long frames: as many as a server sends before the first is answered, each up to this. */
const MOST_SPARE = 2
const SPARE_BYTES = 64 * 2 ** 20

/** Cuts a stream into frames. A frame that came in one chunk is handed out as a view of it. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void
  readonly #mostBytes: number
  #rest: Buffer = NOTHING
  /** A long frame being filled, and how much of it is there. */
  #filling: Buffer | undefined
  #filled = 0
  /** What earlier long frames lay in. */
  readonly #spare: Buffer[] = []

  constructor(onFrame: (frame: Frame) => void, mostBytes: number) {
    this.#onFrame = onFrame
    this.#mostBytes = mostBytes
  }

  /** Throws RangeError when the stream is no stream of frames; the connection must be closed then. */
  push(chunk: Buffer): void {
    let rest = chunk
    if (this.#filling !== undefined) {
      const copied = rest.copy(this.#filling, this.#filled)
      this.#filled += copied
      rest = rest.subarray(copied)
      if (rest.byteLength === 0) letGo(chunk)
      if (this.#filled < this.#filling.byteLength) return
      const whole = this.#filling
      this.#filling = undefined
      this.#emit(whole, whole)
    } else if (this.#rest.byteLength > 0) {
      rest = Buffer.concat([this.#rest, rest])
    }
    this.#rest = rest.byteLength === 0 ? NOTHING : this.#split(rest)
  }

  /** Hands out every whole frame; starts filling a cut one whose length is known; answers what is left before that. */
  #split(bytes: Buffer): Buffer {
    let rest = bytes
    while (rest.byteLength >= 4) {
      const total = rest.readUInt32LE(0) + 4
      if (total < PREFIX || total > this.#mostBytes) throw new RangeError(`frame of ${total} octets; the limit is ${this.#mostBytes}`)
      if (rest.byteLength < total) {
        this.#filling = this.roomFor(total)
        this.#filled = rest.copy(this.#filling)
        return NOTHING
      }
      this.#emit(rest.subarray(0, total))
      rest = rest.subarray(total)
    }
    return rest
  }

  /** Memory for the tensors of a frame, of an earlier one where that fits. */
  roomFor(bytes: number): Buffer {
    const spare = this.#spare.pop()
    if (spare === undefined || spare.buffer.byteLength < bytes) return Buffer.allocUnsafeSlow(bytes)
    return Buffer.from(spare.buffer, 0, bytes)
  }

  /** Takes the memory of a long frame back for the next one; nobody may look at its tensors any more. */
  takeBack(room: Buffer): void {
    if (room.buffer.byteLength <= SPARE_BYTES && this.#spare.length < MOST_SPARE) this.#spare.push(room)
  }

  #emit(bytes: Buffer, room?: Buffer): void {
    const headerEnd = PREFIX + bytes.readUInt32LE(12)
    if (headerEnd > bytes.byteLength) throw new RangeError('frame header is longer than its frame')
    const kind = bytes.readUInt8(8) as FrameKind
    this.#onFrame({
      kind,
      id: bytes.readUInt32LE(4),
      header: JSON.parse(bytes.toString('utf8', PREFIX, headerEnd)),
      payload: bytes.subarray(headerEnd),
      ...(room === undefined ? {} : { room }),
    })
  }
}
