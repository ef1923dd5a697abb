/** Bodies that are no JSON, for the dialects that take them: a table, lines of JSON, an array of NumPy, raw elements, a picture. */
import {
  decodeInferRequest,
  type InputInfo,
  type JsonValue,
  numbersOf,
  parseHeaderLength,
  parseJson,
  quoted,
  ServeError,
  type Tensor,
  type Tensors,
  tensor,
  tensorFromJson,
} from '@slipway/protocol'
import { parseCsv } from '../../base/csv.ts'
import type { Call } from '../../http/route.ts'
import type { Revision } from '../../serving/revision.ts'
import { type MediaType, parseMediaType, unknownMediaType } from './media.ts'
import { decodeNpy } from './npy.ts'
import { looksLikePicture, pictureInput, pictureInputs } from './picture.ts'
import { rowsToInputs } from './rows.ts'
import { namesColumns, tableToInputs } from './table.ts'

type Reader = (call: Call, revision: Revision, media: MediaType) => Tensors

const READERS: Readonly<Record<string, Reader>> = {
  'text/csv': ({ body }, { package: { inputs } }, media) => csvInputs(body, inputs, media),
  'application/jsonlines': ({ body }, revision) => lineInputs(body, revision),
  'application/jsonl': ({ body }, revision) => lineInputs(body, revision),
  'application/x-ndjson': ({ body }, revision) => lineInputs(body, revision),
  'application/x-npy': ({ body }, revision) => npyInputs(body, revision),
  'application/octet-stream': rawInputs,
}

/** What the media types of a body are, for a message. */
export const BODY_TYPES: readonly string[] = [
  'application/json',
  ...Object.keys(READERS),
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
]

/** What people's tools call JSON when they are not told. */
const JSON_TYPES: readonly string[] = ['application/json', 'text/json', 'application/x-www-form-urlencoded']

/** A body without a type is taken for JSON. */
export function isJsonBody(call: Call): boolean {
  const header = call.header('content-type')
  const type = parseMediaType(header)?.type
  return type === undefined ? (header ?? '').trim() === '' : JSON_TYPES.includes(type) || type.endsWith('+json')
}

/** The inputs that a body of another type than JSON holds. Throws UNSUPPORTED_MEDIA_TYPE with the types there are. */
export function bodyInputs(call: Call, revision: Revision): Tensors {
  const header = call.header('content-type')
  const media = parseMediaType(header)
  if (media === undefined) throw unknownMediaType(header, BODY_TYPES)
  if (media.type.startsWith('image/')) return pictureInputs(revision, [call.body])
  const read = Object.hasOwn(READERS, media.type) ? READERS[media.type] : undefined
  if (read === undefined) throw unknownMediaType(header, BODY_TYPES)
  return read(call, revision, media)
}

/** A table: its first line is a header when `header=present` says so, or when nothing says anything and it is the model's own names. */
function csvInputs(body: Uint8Array, inputs: readonly InputInfo[], { parameters }: MediaType): Tensors {
  const [first, ...rest] = parseCsv(utf8(body), ',')
  if (first === undefined) throw new ServeError('INVALID_ARGUMENT', 'the body has no rows; send one line for each')
  const said = parameters.get('header')
  const isHeader = said === undefined ? namesColumns(inputs, first) : said === 'present'
  return tableToInputs(inputs, isHeader ? { header: first, rows: rest } : { rows: [first, ...rest] })
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ServeError('INVALID_ARGUMENT', 'the body is no UTF-8 text', { cause })
  }
}

/** One row a line; lines of nothing but white space are none. */
function lineInputs(body: Uint8Array, revision: Revision): Tensors {
  const rows: JsonValue[] = []
  for (let start = 0, line = 1; start < body.byteLength; line++) {
    const found = body.indexOf(0x0a, start)
    const end = found < 0 ? body.byteLength : found
    const text = body.subarray(start, end)
    if (text.some((octet) => octet > 0x20)) rows.push(unwrapped(revision, parseLine(text, line)))
    start = end + 1
  }
  return rowsToInputs(revision, rows)
}

function parseLine(text: Uint8Array, line: number): JsonValue {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof ServeError)) throw error
    throw new ServeError(error.code, `line ${line}: ${error.message}`, { cause: error })
  }
}

/** SageMaker's built-in algorithms call a row's value `features`, whatever the model calls it. */
export function unwrapped({ package: { inputs } }: Revision, row: JsonValue): JsonValue {
  if (!(row instanceof Map) || row.size !== 1 || inputs.length !== 1) return row
  const [only] = inputs
  const named = only?.name === 'features' || (only?.as.kind === 'features' && only.as.names.includes('features'))
  const value = (row as ReadonlyMap<string, JsonValue>).get('features')
  return named || value === undefined ? row : value
}

function npyInputs(body: Uint8Array, revision: Revision): Tensors {
  const [only] = revision.package.inputs
  if (only === undefined || revision.package.inputs.length > 1)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `model ${quoted(revision.model)} has ${revision.package.inputs.length} inputs, and the body is one array; send JSON with every input by name`,
    )
  return new Map([[only.name, cast(only, inShape(only, decodeNpy(body)))]])
}

/** One row without its dimension 0, and rows that are flat, get the input's own dimensions. */
function inShape({ shape, unknownRank }: InputInfo, value: Tensor): Tensor {
  const row = shape.slice(1)
  if (unknownRank === true || value.shape.length >= shape.length || row.includes(-1)) return value
  const perRow = row.reduce((product, size) => product * size, 1)
  if (value.data.length === perRow) return tensor(value.datatype, [1, ...row], value.data)
  if (value.shape.length === 2 && value.shape[1] === perRow) return tensor(value.datatype, [value.shape[0] as number, ...row], value.data)
  return value
}

/** NumPy's numbers are FP64 or INT64 unless somebody said otherwise, so they become what the model takes, as those of JSON do: exact, or the nearest fraction. */
function cast({ name, datatype }: InputInfo, value: Tensor): Tensor {
  if (value.datatype === datatype || value.datatype === 'BYTES' || datatype === 'BYTES') return value
  return tensorFromJson({ name, datatype, shape: value.shape }, numbers(value))
}

function numbers(value: Tensor): readonly JsonValue[] {
  if (value.datatype === 'INT64' || value.datatype === 'UINT64') return Array.from(value.data)
  return numbersOf(value)
}

/** A picture, by its first octets; else V2's binary form, or its raw one: the elements of the only input and nothing else. */
function rawInputs(call: Call, revision: Revision): Tensors {
  if (pictureInput(revision) !== undefined && looksLikePicture(call.body)) return pictureInputs(revision, [call.body])
  const headerLength = parseHeaderLength(call.header('inference-header-content-length'), call.body.byteLength) ?? 0
  return decodeInferRequest(call.body, { model: revision.model, headerLength, signature: revision.package.facts.signature }).request.inputs
}
