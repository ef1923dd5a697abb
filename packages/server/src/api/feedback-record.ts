/** What is stored of an answer that a person marked: read from a request, checked against the model, and shown again. */
import {
  decodeInferRequest,
  decodeInferResponse,
  encodeInferRequest,
  encodeInferResponse,
  FEEDBACK_VERDICTS,
  type FeedbackVerdict,
  type InferRequest,
  type JsonObject,
  type JsonValue,
  jsonText,
  parseJson,
  quoted,
  ServeError,
  type Tensor,
  tensorFromJson,
} from '@slipway/protocol'
import { nearest } from '../base/nearest.ts'
import type { Revision } from '../serving/revision.ts'
import type { RecordCollection, RecordStore, StoredRecord } from '../stores/records/records.ts'

export interface FeedbackRecord {
  readonly markedAt: string
  readonly version: string
  readonly requestId?: string
  readonly verdict: FeedbackVerdict
  readonly label?: string
  readonly note?: string
  /** JSON of a FeedbackInput. Text, since the store's own JSON would round 64-bit integers. */
  readonly input: string
  /** JSON of a V2 answer. */
  readonly output: string
}

export function feedbackOf(records: RecordStore, model: string): RecordCollection<FeedbackRecord> {
  return records.collection(`feedback/${model}`)
}

/** A FeedbackInfo as JSON. */
export function entryJson(model: string, { id, value }: StoredRecord<FeedbackRecord>): string {
  const { input, output, ...rest } = value
  return `${JSON.stringify({ id, model, ...rest }).slice(0, -1)},"input":${input},"output":${output}}`
}

const KEYS = ['version', 'requestId', 'input', 'output', 'verdict', 'label', 'note']
const LONGEST = { version: 20, requestId: 200, label: 1000, note: 10_000 } as const

const bad = (sentence: string) => new ServeError('INVALID_ARGUMENT', sentence)

/** Reads the body of a POST; `revisionOf` finds the version that answered. Throws INVALID_ARGUMENT with what does not fit, and what `revisionOf` throws. */
export function parseFeedback(body: Uint8Array, revisionOf: (version: string) => Revision): Omit<FeedbackRecord, 'markedAt'> {
  const given = parseJson(body)
  if (!(given instanceof Map)) throw bad('feedback is an object with "version", "input", "output" and "verdict"')
  const members: JsonObject = given
  const unknown = [...members.keys()].find((key) => !KEYS.includes(key))
  if (unknown !== undefined) throw bad(`feedback has no ${quoted(unknown)}; ${meantBy(unknown, KEYS)}`)
  const version = textOf(members, 'version')
  if (version === undefined) throw bad('"version" is missing; give the version that answered')
  const revision = revisionOf(version)
  const verdict = verdictOf(members.get('verdict'))
  const texts = { requestId: textOf(members, 'requestId'), label: textOf(members, 'label'), note: textOf(members, 'note') }
  if (verdict === 'relabelled' && texts.label === undefined) throw bad('"relabelled" needs a "label": the right one')
  if (verdict !== 'relabelled' && texts.label !== undefined) throw bad(`"label" goes with the verdict "relabelled", not with "${verdict}"`)
  return {
    version: revision.version,
    verdict,
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)),
    input: inputOf(members.get('input'), revision),
    output: outputOf(members.get('output'), revision),
  }
}

function meantBy(word: string, known: readonly string[]): string {
  const meant = nearest(word, known)
  return meant === undefined ? `it has ${known.map(quoted).join(', ')}` : `did you mean ${quoted(meant)}?`
}

/** Absent, null and an empty text are the same: a form sends what it has. */
function textOf(members: JsonObject, key: keyof typeof LONGEST): string | undefined {
  const value = members.get(key) ?? ''
  if (typeof value !== 'string') throw bad(`"${key}" must be a text`)
  if (value.length > LONGEST[key]) throw bad(`"${key}" has ${value.length} characters; at most ${LONGEST[key]} are kept`)
  return value === '' ? undefined : value
}

function verdictOf(value: JsonValue | undefined): FeedbackVerdict {
  const found = FEEDBACK_VERDICTS.find((verdict) => verdict === value)
  if (found !== undefined) return found
  const got = value === undefined ? 'it is missing' : `got ${typeof value === 'string' ? quoted(value) : jsonText(value).slice(0, 40)}`
  throw bad(`"verdict" must be one of ${FEEDBACK_VERDICTS.join(', ')}; ${got}`)
}

function inputOf(value: JsonValue | undefined, revision: Revision): string {
  if (!(value instanceof Map)) throw bad('"input" must be the V2 request that was answered, or {"file": {"contentType", "base64"}}')
  const input: JsonObject = value
  if (input.has('file')) return fileOf(input.get('file'), revision)
  const { request } = within('input', () => decodeInferRequest(octetsOf(input), { model: revision.model }))
  checkNames('input', request.inputs, revision)
  const picture = wholePicture(request, revision)
  if (picture !== undefined) return picture
  const { inputs, parameters } = request
  return textFrom(encodeInferRequest(parameters === undefined ? { inputs } : { inputs, parameters }, { binary: false }).body)
}

function outputOf(value: JsonValue | undefined, revision: Revision): string {
  if (!(value instanceof Map)) throw bad('"output" must be what the model answered, as V2 has it: {"outputs": […]}')
  const { outputs } = within('output', () => decodeInferResponse(octetsOf(value)))
  if (outputs.size === 0) throw bad('"output" holds no outputs; give what the model answered')
  checkNames('output', outputs, revision)
  const { model, version } = revision
  return textFrom(encodeInferResponse({ model, version, outputs }, { binaryOutput: () => false }).body)
}

/** Names and datatypes are those of the model; shapes are left to what the model took and gave. */
function checkNames(side: 'input' | 'output', given: ReadonlyMap<string, Tensor>, { model, package: pkg }: Revision): void {
  const specs = side === 'input' ? pkg.inputs : pkg.outputs
  const names = specs.map(({ name }) => name)
  for (const [name, { datatype }] of given) {
    const spec = specs.find((each) => each.name === name)
    if (spec === undefined) throw bad(`model ${quoted(model)} has no ${side} ${quoted(name)}; ${meantBy(name, names)}`)
    const isPicture = spec.as.kind === 'image' && datatype === 'BYTES'
    if (datatype !== spec.datatype && !isPicture)
      throw bad(`${side} ${quoted(name)} of ${quoted(model)} is ${spec.datatype}, not ${datatype}`)
  }
  const missing = side === 'input' ? pkg.inputs.find(({ name, optional }) => optional !== true && !given.has(name)) : undefined
  if (missing !== undefined) throw bad(`"input" has no ${quoted(missing.name)}, which model ${quoted(model)} needs`)
}

const PICTURE = /^image\/[a-z0-9][a-z0-9.+-]{0,60}$/

function fileOf(value: JsonValue | undefined, revision: Revision): string {
  const file: JsonObject = value instanceof Map ? value : new Map()
  const contentType = file.get('contentType')
  const base64 = file.get('base64')
  if (typeof contentType !== 'string' || typeof base64 !== 'string') throw bad('"file" must have "contentType" and "base64", both texts')
  if (!PICTURE.test(contentType)) throw bad(`"contentType" must be that of a picture, such as image/png, not ${quoted(contentType)}`)
  if (!takesPicture(revision)) throw bad(`model ${quoted(revision.model)} takes no picture as its whole input; give a V2 request`)
  const { data } = tensorFromJson({ name: 'base64', datatype: 'BYTES', base64: true, kind: 'member' }, base64)
  return fileText(contentType, data[0] as Uint8Array)
}

/** A request of nothing but one picture whose type was told is kept as that picture, however it was sent. */
function wholePicture({ inputs, parameters }: InferRequest, revision: Revision): string | undefined {
  const [only] = inputs.values()
  const contentType = parameters?.get('content_type')
  if (!takesPicture(revision) || inputs.size !== 1 || only?.datatype !== 'BYTES' || only.data.length !== 1) return undefined
  return typeof contentType === 'string' && PICTURE.test(contentType) ? fileText(contentType, only.data[0] as Uint8Array) : undefined
}

function takesPicture({ package: { transforms } }: Revision): boolean {
  return transforms.length === 1
}

function fileText(contentType: string, octets: Uint8Array): string {
  return JSON.stringify({ file: { contentType, base64: Buffer.from(octets).toString('base64') } })
}

/** What the codec says, as a fault of the caller in this member of its body. */
function within<T>(member: string, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof ServeError)) throw error
    const cause = error.cause instanceof ServeError ? error.cause : error
    throw new ServeError('INVALID_ARGUMENT', `in "${member}": ${cause.message}`, { cause })
  }
}

const octetsOf = (value: JsonValue) => new TextEncoder().encode(jsonText(value))
const textFrom = (octets: Uint8Array) => new TextDecoder().decode(octets)
