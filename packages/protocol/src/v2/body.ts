/** A V2 body as octets: its JSON part, and the binary tensors behind it. */
import { ServeError } from '../errors.ts'
import { type CursorOptions, JsonCursor } from '../json/cursor.ts'
import type { JsonWriter } from '../json/writer.ts'
import { byteLength, type Tensor } from '../tensor.ts'
import { BinarySection, putBlob } from './binary.ts'

export interface EncodedBody {
  readonly body: Uint8Array
  /** Octets of the JSON part, for Inference-Header-Content-Length; set when the body holds binary tensors. */
  readonly headerLength?: number
}

export interface OpenedBody {
  readonly cursor: JsonCursor
  readonly section: BinarySection
}

/** Splits a body at the end of its JSON part; without a length all of it is JSON. */
export function openBody(body: Uint8Array, headerLength: number | undefined, options: CursorOptions): OpenedBody {
  if (headerLength === undefined) return { cursor: new JsonCursor(body, options), section: new BinarySection(undefined) }
  if (headerLength > body.byteLength)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `Inference-Header-Content-Length is ${headerLength}, but the body has ${body.byteLength} bytes`,
    )
  return {
    cursor: new JsonCursor(body.subarray(0, headerLength), options),
    section: new BinarySection(new Uint8Array(body.buffer, body.byteOffset + headerLength, body.byteLength - headerLength)),
  }
}

/** The JSON that was written, and the tensors behind it. */
export function closeBody(writer: JsonWriter, blobs: readonly Tensor[]): EncodedBody {
  if (blobs.length === 0) return { body: writer.finish() }
  const headerLength = writer.at
  const body = writer.finish(blobs.reduce((sum, blob) => sum + byteLength(blob), 0))
  let at = headerLength
  for (const blob of blobs) at = putBlob(body, at, blob)
  return { body, headerLength }
}
