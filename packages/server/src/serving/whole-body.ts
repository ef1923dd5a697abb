/**
 * A body that is no tensor map, for a model that reads it itself and answers with one of its own. In a frame it is three texts of one element
 * under names that no request can give by itself, since they are in no signature (docs/frames.md, rule 9).
 */
import { ServeError, type Tensors, tensor, type WholeBody } from '@slipway/protocol'

const BODY = 'slipway.body'
const CONTENT_TYPE = 'slipway.content_type'
const ACCEPT = 'slipway.accept'

export function wholeInputs({ bytes, contentType, accept }: WholeBody): Tensors {
  const one = (octets: Uint8Array) => tensor('BYTES', [1], [octets])
  return new Map([
    [BODY, one(bytes)],
    [CONTENT_TYPE, one(Buffer.from(contentType))],
    [ACCEPT, one(Buffer.from(accept))],
  ])
}

/** Whether these are such a body, which is no row that could be joined or copied. */
export const isWhole = (inputs: Tensors): boolean => inputs.has(BODY)

/** What the model wrote. Throws INTERNAL for an answer that is none, or a media type that no header can hold. */
export function wholeAnswer(outputs: Tensors): { readonly bytes: Uint8Array; readonly contentType: string } {
  const [bytes, type] = [BODY, CONTENT_TYPE].map((name) => outputs.get(name)?.data[0] as Uint8Array | undefined)
  const contentType = type === undefined ? '' : Buffer.from(type).toString('utf8')
  if (bytes === undefined || !/^[\x21-\x7e][\x20-\x7e]{0,199}$/.test(contentType))
    throw new ServeError('INTERNAL', 'the model answered no body with a media type')
  return { bytes, contentType }
}
