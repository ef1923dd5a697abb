/** How gRPC says statuses, deadlines and messages in HTTP/2. Source: grpc/grpc doc/PROTOCOL-HTTP2.md. */
import { ERROR_CODES, ServeError } from '@slipway/protocol'
import type { Parts } from './rpc.ts'

/** One octet that says whether the message is packed, and its length, big-endian. */
export const PREFIX_BYTES = 5

export const ANSWER_HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity,deflate,gzip',
} as const

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }

/** Milliseconds that the caller waits; undefined when it does not say. */
export function parseTimeout(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? []
  if (digits === undefined || unit === undefined)
    throw new ServeError('INVALID_ARGUMENT', 'grpc-timeout must be at most 8 digits and one of H, M, S, m, u, n')
  return Number(digits) * (UNIT_MS[unit] as number)
}

/** Longest text of an error before it is escaped: clients take 8 KB of headers. */
const LONGEST_MESSAGE = 2000
const LONGEST_ESCAPED = 6000

/** Every octet outside printable ASCII, and `%`, as `%XX` of its UTF-8. */
export function escapeMessage(message: string): string {
  const escaped = (plain: string) => encodeURIComponent(plain.toWellFormed()).replace(PRINTABLE, (code) => decodeURIComponent(code))
  const text = escaped(message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message)
  return text.length <= LONGEST_ESCAPED ? text : escaped(`${message.slice(0, LONGEST_ESCAPED / 9)}…`)
}

/** What encodeURIComponent escapes although gRPC wants it as it is: printable ASCII but for `%`. */
const PRINTABLE = /%(?:2[0-46-9A-F]|3[A-F]|40|5[B-F]|60|7[B-E])/g

export function statusTrailers(error: ServeError | undefined): Record<string, string> {
  if (error === undefined) return { 'grpc-status': '0' }
  return { 'grpc-status': String(ERROR_CODES[error.code].grpc), 'grpc-message': escapeMessage(error.message) }
}

/** Messages up to this go out in one piece with their prefix. */
const ONE_WRITE_BYTES = 16 * 1024

/** The message behind its prefix, in pieces to be written in this order. */
export function framed(message: Parts): Parts {
  let length = 0
  for (const part of message) length += part.byteLength
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES)
  prefix[0] = 0
  prefix.writeUInt32BE(length, 1)
  return length <= ONE_WRITE_BYTES ? [Buffer.concat([prefix, ...message], PREFIX_BYTES + length)] : [prefix, ...message]
}
