/** Reads a body within its limit, whatever it is packed in. */
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { quoted, ServeError } from '@slipway/protocol'
import type { HttpRequest } from './route.ts'

type Unpack = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Uint8Array>

const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: promisify(zlib.gunzip) as Unpack,
  'x-gzip': promisify(zlib.gunzip) as Unpack,
  deflate: promisify(zlib.inflate) as Unpack,
  br: promisify(zlib.brotliDecompress) as Unpack,
  ...(typeof zlib.zstdDecompress === 'function' ? { zstd: promisify(zlib.zstdDecompress) as Unpack } : {}),
}

export function tooLarge(limitBytes: number): ServeError {
  return new ServeError(
    'PAYLOAD_TOO_LARGE',
    `the body is larger than ${limitBytes} octets, the limit after decompression; send less at once, or raise limits.bodyBytes`,
  )
}

/** The declared length of the body, or undefined when it comes in chunks. Throws when it is past the limit already. */
export function declaredLength(request: HttpRequest, limitBytes: number): number | undefined {
  const declared = request.header('content-length')
  if (declared === undefined) return undefined
  const length = Number(declared)
  if (length > limitBytes) throw tooLarge(limitBytes)
  return length
}

/** The body, unpacked. The limit holds for what was sent and for what it unpacks to; unpacking stops there. */
export function readBody(request: HttpRequest, limitBytes: number): Promise<Uint8Array> {
  const encoding = request.header('content-encoding')
  // Nearly all of them: read without a promise more.
  if (encoding === undefined || encoding === '' || encoding === 'identity') return request.read(limitBytes)
  return readPacked(request, encoding, limitBytes)
}

async function readPacked(request: HttpRequest, encoding: string, limitBytes: number): Promise<Uint8Array> {
  const sent = await request.read(limitBytes)
  const name = encoding.trim().toLowerCase()
  const unpack = Object.hasOwn(UNPACK, name) ? UNPACK[name] : undefined
  if (unpack === undefined) {
    throw new ServeError(
      'UNSUPPORTED_MEDIA_TYPE',
      `content-encoding ${quoted(encoding)} is not known; send one of ${Object.keys(UNPACK).join(', ')}, or none`,
    )
  }
  try {
    return await unpack(sent, { maxOutputLength: limitBytes })
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limitBytes)
    throw new ServeError('INVALID_ARGUMENT', `the body is no valid ${name} data, though content-encoding says so`, { cause: error })
  }
}
