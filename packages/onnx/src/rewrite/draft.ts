/** Changes to a file, byte for byte: what is not named stays as it is, unknown fields too. */
import type { FileImage } from '../proto/image.ts'
import type { Span } from '../proto/wire-reader.ts'
import { WireReader } from '../proto/wire-reader.ts'
import { lengthHeader } from '../proto/wire-writer.ts'
import { refusal } from '../refusal.ts'
import type { FileSource } from '../source.ts'

/** A message that a change lies in, so that its length can follow; undefined is the file itself. */
export interface Frame {
  readonly span: Span
  readonly parent: Frame | undefined
}

/** Octets from `start` to `end` become `bytes`; with `start` = `end` it is put in between. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
  /** Messages around it: where several end at one offset, what is put at their ends goes innermost first. */
  readonly depth: number
}

const COPY_BYTES = 64 * 2 ** 20

export class Draft {
  readonly #image: FileImage
  readonly #edits: Edit[] = []
  /** By the offset that the message starts at: how much its contents grow. */
  readonly #frames = new Map<number, { readonly frame: Frame; grows: number }>()

  constructor(image: FileImage) {
    this.#image = image
  }

  get changed(): boolean {
    return this.#edits.length > 0
  }

  /** The fields of a message that lies in memory, one at a time. */
  *fields(span: Span): Generator<WireReader> {
    const reader = new WireReader(this.#image, span.value, span.end)
    while (reader.next()) yield reader
  }

  /** Where the fields of one number lie in a message. */
  *spans(message: Span, number: number): Generator<Span> {
    for (const each of this.fields(message)) if (each.number === number) yield each.span
  }

  /** Puts `bytes` in the place of a stretch of `frame`. Changes must not overlap. */
  replace(frame: Frame | undefined, { start, end }: { readonly start: number; readonly end: number }, bytes: Uint8Array): void {
    this.#edits.push({ start, end, bytes, depth: depthOf(frame) })
    this.#grow(frame, bytes.byteLength - (end - start))
  }

  remove(frame: Frame, span: Span): void {
    this.replace(frame, span, new Uint8Array())
  }

  /** Puts fields before all others of a message. */
  prepend(frame: Frame, bytes: Uint8Array): void {
    this.replace(frame, { start: frame.span.value, end: frame.span.value }, bytes)
  }

  /** Puts fields after all others of a message, or of the file. */
  append(frame: Frame | undefined, bytes: Uint8Array): void {
    const end = frame === undefined ? this.#image.size : frame.span.end
    this.replace(frame, { start: end, end }, bytes)
  }

  /** The file with every change made. */
  async apply(source: FileSource): Promise<Uint8Array> {
    const edits = [...this.#edits, ...this.#headers()].sort((a, b) => a.start - b.start || a.end - b.end || b.depth - a.depth)
    let size = source.size
    let reached = 0
    for (const { start, end, bytes } of edits) {
      if (start < reached) throw refusal('the parts of the graph that must be rewritten overlap: the file is damaged; export it again')
      reached = end
      size += bytes.byteLength - (end - start)
    }
    if (size >= 2 ** 31)
      throw refusal(`the rewritten model would be ${size} bytes; an ONNX file ends at 2 GiB: keep its weights as external data`)
    const out = new Uint8Array(size)
    let to = 0
    let from = 0
    for (const { start, end, bytes } of [...edits, { start: source.size, end: source.size, bytes: new Uint8Array(), depth: 0 }]) {
      while (from < start) {
        const piece = await source.read(from, Math.min(COPY_BYTES, start - from))
        out.set(piece, to)
        from += piece.byteLength
        to += piece.byteLength
      }
      out.set(bytes, to)
      to += bytes.byteLength
      from = end
    }
    return out
  }

  #grow(frame: Frame | undefined, by: number): void {
    for (let each = frame; each !== undefined; each = each.parent)
      if (!this.#frames.has(each.span.start)) this.#frames.set(each.span.start, { frame: each, grows: 0 })
    const own = frame === undefined ? undefined : this.#frames.get(frame.span.start)
    if (own !== undefined) own.grows += by
  }

  /** New tags and lengths, innermost messages first, since a longer length makes the outer message longer too. */
  #headers(): Edit[] {
    const headers: Edit[] = []
    const innerFirst = [...this.#frames.values()].sort((a, b) => b.frame.span.start - a.frame.span.start)
    const grown = new Map([...this.#frames].map(([start, { grows }]) => [start, grows]))
    for (const { frame } of innerFirst) {
      const { start, value, end } = frame.span
      const grows = grown.get(start) ?? 0
      const reader = new WireReader(this.#image, start, end)
      reader.next()
      const bytes = lengthHeader(reader.number, end - value + grows)
      headers.push({ start, end: value, bytes, depth: depthOf(frame) })
      const outer = frame.parent?.span.start
      if (outer !== undefined) grown.set(outer, (grown.get(outer) ?? 0) + grows + bytes.byteLength - (value - start))
    }
    return headers
  }
}

function depthOf(frame: Frame | undefined): number {
  let depth = 0
  for (let each = frame; each !== undefined; each = each.parent) depth++
  return depth
}
