/** Content-Type and Accept: what a body is, and what its sender can read. Source: RFC 9110 §8.3.1 and §12.5.1. */
import { quoted, ServeError } from '@slipway/protocol'

export interface MediaType {
  /** `type/subtype` in lower case. */
  readonly type: string
  /** By lower-case name; a quoted value without its quotes. */
  readonly parameters: ReadonlyMap<string, string>
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const TYPE = new RegExp(`^\\s*(${TOKEN}/${TOKEN})\\s*`)
const PARAMETER = new RegExp(`\\s*;\\s*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?\\s*`, 'y')

/** The media type that a header holds; undefined when it is absent, empty or none. */
export function parseMediaType(header: string | undefined): MediaType | undefined {
  const found = TYPE.exec(header ?? '')
  if (header === undefined || found === null) return undefined
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = found[0].length
  while (PARAMETER.lastIndex < header.length) {
    const [, name, token, quotedText] = PARAMETER.exec(header) ?? []
    // Whatever follows and is no parameter ends them: the type itself is clear.
    if (PARAMETER.lastIndex === 0) break
    if (name !== undefined) parameters.set(name.toLowerCase(), token ?? quotedText?.replace(/\\(.)/g, '$1') ?? '')
  }
  return { type: (found[1] as string).toLowerCase(), parameters }
}

/** The refusal of a body's content type, with those that the route takes. */
export function unknownMediaType(header: string | undefined, known: readonly string[]): ServeError {
  const given = header === undefined ? 'there is no content-type' : `content-type ${quoted(header)} is not known here`
  return new ServeError('UNSUPPORTED_MEDIA_TYPE', `${given}; send one of ${known.join(', ')}`)
}

interface Range {
  readonly type: string
  readonly quality: number
}

/**
 * The first of the offered types among those that the caller likes best; the first of all when it does not say. Throws NOT_ACCEPTABLE,
 * with those on offer, when it can read none of them.
 */
export function negotiate<const Offered extends string>(accept: string | undefined, offered: readonly [Offered, ...Offered[]]): Offered {
  if (accept === undefined || accept.trim() === '') return offered[0]
  const ranges = splitHeader(accept).flatMap((part) => {
    const media = parseMediaType(part)
    return media === undefined ? [] : [{ type: media.type, quality: qualityOf(media) }]
  })
  // A header that holds no type says nothing.
  if (ranges.length === 0) return offered[0]
  let best: Offered | undefined
  let most = 0
  for (const type of offered) {
    const quality = qualityFor(type, ranges)
    if (quality > most) [best, most] = [type, quality]
  }
  if (best !== undefined) return best
  throw new ServeError('NOT_ACCEPTABLE', `accept ${quoted(accept)} is none of what this answer can be written as: ${offered.join(', ')}`)
}

/** The parts between commas that stand outside quotes. */
const splitHeader = (header: string): readonly string[] => header.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []

function qualityOf({ parameters }: MediaType): number {
  const quality = Number(parameters.get('q') ?? 1)
  return quality >= 0 && quality <= 1 ? quality : 1
}

/** The most exact range decides; q=0 refuses. */
function qualityFor(type: string, ranges: readonly Range[]): number {
  const group = `${type.slice(0, type.indexOf('/'))}/*`
  for (const wanted of [type, group, '*/*']) {
    const found = ranges.filter((range) => range.type === wanted)
    if (found.length > 0) return Math.max(...found.map(({ quality }) => quality))
  }
  return 0
}
