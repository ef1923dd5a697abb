/** Bodies of multipart/form-data, part by part. Source: RFC 7578. */
import { Busboy } from '@fastify/busboy'
import { ServeError } from '@slipway/protocol'

export interface FormPart {
  readonly name: string
  /** Without parameters; `text/plain` when the sender does not say. */
  readonly type: string
  readonly bytes: Uint8Array
}

const MOST_PARTS = 1000
const LIMITS = { parts: MOST_PARTS, headerPairs: 32, headerSize: 8 * 1024, fieldNameSize: 512 } as const

/** The parts of a form, in its order; throws INVALID_ARGUMENT for a body that is none. The body's own limit bounds the parts. */
export async function readForm(contentType: string, body: Uint8Array): Promise<readonly FormPart[]> {
  const parts: FormPart[] = []
  try {
    await collect(contentType, body, parts)
  } catch (cause) {
    if (cause instanceof ServeError) throw cause
    throw new ServeError(
      'INVALID_ARGUMENT',
      'the body is no complete multipart/form-data: send the parts between the boundary that content-type names, and close the last one',
      { cause },
    )
  }
  if (parts.length === 0) throw new ServeError('INVALID_ARGUMENT', 'the form has no parts; send one for each input, under its name')
  return parts
}

function collect(contentType: string, body: Uint8Array, parts: FormPart[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // Every part as octets: whether one is a file is no business of the wire.
  const parser = new Busboy({ headers: { 'content-type': contentType }, limits: LIMITS, isPartAFile: () => true })
  parser.on('file', (name, stream, _filename, _encoding, type) => {
    const chunks: Uint8Array[] = []
    stream.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    stream.once('end', () => parts.push({ name: name ?? '', type: type.toLowerCase(), bytes: Buffer.concat(chunks) }))
    stream.once('error', reject)
  })
  parser.once('partsLimit', () => reject(new ServeError('INVALID_ARGUMENT', `a form has at most ${MOST_PARTS} parts; send less at once`)))
  parser.once('error', reject)
  parser.once('finish', resolve)
  parser.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  return promise
}
