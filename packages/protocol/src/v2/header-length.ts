/** The header that parts a V2 body into JSON and binary tensors. */
import { quoted, ServeError } from '../errors.ts'

/** The value of Inference-Header-Content-Length as a number from 0 to the body's size; undefined when the header is absent. Throws INVALID_ARGUMENT. */
export function parseHeaderLength(value: string | undefined, bodyBytes: number): number | undefined {
  if (value === undefined) return undefined
  const length = /^\d{1,15}$/.test(value) ? Number(value) : -1
  if (length < 0)
    throw new ServeError('INVALID_ARGUMENT', `Inference-Header-Content-Length must be a whole number of bytes, got ${quoted(value)}`)
  if (length > bodyBytes)
    throw new ServeError('INVALID_ARGUMENT', `Inference-Header-Content-Length is ${length}, but the body has ${bodyBytes} bytes`)
  return length
}
