/** What a person says of an answer, as the request that stores it and the pages that list it. */
import { encodeInferResponse, type FeedbackPage, type FeedbackVerdict, type Tensor } from '@slipway/protocol'
import type { CallOptions } from './call-scope.ts'
import { type Answer, inferCall } from './inference.ts'
import { type PreparedInput, prepareInput } from './input.ts'
import type { Output } from './output.ts'
import { readPlain } from './plain-json.ts'
import { asSlipwayError, SlipwayError } from './slipway-error.ts'
import type { Call } from './transport.ts'

/** An answer and what is said of it. */
export interface Feedback<Inputs = object, Outputs = object> {
  /** What the model was asked, as it was given to `answer`. */
  readonly input: Inputs
  /** What `answer` gave; of an answer put together by hand, its outputs and version. */
  readonly answer: Pick<Answer<Outputs>, 'outputs' | 'version' | 'requestId'>
  readonly verdict: FeedbackVerdict
  /** The right label: with `relabelled`, and only with it. */
  readonly label?: string | undefined
  readonly note?: string | undefined
}

export interface FeedbackListOptions extends CallOptions {
  /** `next` of the page before; from the oldest on when absent. */
  readonly after?: string | undefined
  /** 1 to 100; 20 when absent. */
  readonly limit?: number | undefined
}

/** The request for `path` (`/api/v1/models/…/feedback`). Throws SlipwayError INVALID_ARGUMENT for what the wire cannot carry. */
export async function feedbackCall(path: string, given: Feedback, inputs: ReadonlyMap<string, PreparedInput>): Promise<Call> {
  const { answer, verdict, label, note } = given
  const { version, requestId } = answer
  if (version === undefined)
    throw new SlipwayError('INVALID_ARGUMENT', 'feedback needs the version that answered; give "answer" as model.answer() gave it')
  const input = textOf(inferCall(path, inputs, { binary: false }).body as Uint8Array)
  const rest = JSON.stringify({ version, requestId, verdict, label, note }).slice(0, -1)
  const body = `${rest},"input":${input},"output":${await outputJson(answer.outputs)}}`
  // A mark that was stored while its answer got lost would be stored twice.
  return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body, attempts: 1 }
}

async function outputJson(outputs: object): Promise<string> {
  const tensors = new Map<string, Tensor>()
  for (const [name, output] of Object.entries(outputs as Readonly<Record<string, Output>>)) {
    const { datatype, shape } = output
    const data = output.datatype === 'BYTES' ? output.bytes : output.data
    tensors.set(name, (await prepareInput(name, { datatype, shape, data }, noSignature)).tensor)
  }
  try {
    return textOf(encodeInferResponse({ model: '', version: '', outputs: tensors }, { binaryOutput: () => false }).body)
  } catch (error) {
    throw asSlipwayError(error)
  }
}

/** A tensor spelled out needs none. */
const noSignature = () => Promise.reject(new SlipwayError('INVALID_ARGUMENT', 'an output needs a datatype, a shape and data'))

const textOf = (octets: Uint8Array) => new TextDecoder().decode(octets)

/** The page that a good reply holds; integers past 2^53-1 are bigint. Throws INTERNAL when it is none. */
export function readFeedbackPage(body: Uint8Array): FeedbackPage {
  const page = readPlain(body) as Partial<FeedbackPage> | null
  if (!Array.isArray(page?.entries)) throw new SlipwayError('INTERNAL', 'the answer is no page of feedback; is a Slipway server there?')
  return page as FeedbackPage
}

/** `?after=…&limit=…`, or nothing. */
export function pageQuery({ after, limit }: FeedbackListOptions): string {
  const query = new URLSearchParams()
  if (after !== undefined) query.set('after', after)
  if (limit !== undefined) query.set('limit', String(limit))
  return query.size === 0 ? '' : `?${query}`
}
