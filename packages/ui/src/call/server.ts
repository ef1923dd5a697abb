/** The server behind the page, over its public API. Addresses are relative, so the page works under any path. */
import type { ExampleInfo, FeedbackGiven, FeedbackSummary, ModelInfo, PredictAnswer, ServerInfo } from '@slipway/client'
import type { Call } from './compose.ts'
import { readJson, writeJson } from './exact-json.ts'
import { CallFailure, failureOf } from './failure.ts'

export interface Answered {
  readonly answer: PredictAnswer
  /** From before the request was sent until its answer was read. */
  readonly wallMs: number
  readonly requestId?: string
  /** The answer's body as it came. */
  readonly text: string
}

export interface SendOptions {
  readonly signal: AbortSignal
  readonly version?: string
}

export async function fetchServer(signal: AbortSignal): Promise<ServerInfo> {
  return (await getJson('api/v1/server', signal)) as ServerInfo
}

export async function fetchModels(signal: AbortSignal): Promise<readonly ModelInfo[]> {
  return ((await getJson('api/v1/models', signal)) as { readonly models: readonly ModelInfo[] }).models
}

export async function fetchExamples(model: string, signal: AbortSignal): Promise<readonly ExampleInfo[]> {
  const path = `api/v1/models/${encodeURIComponent(model)}/examples`
  return ((await getJson(path, signal)) as { readonly examples: readonly ExampleInfo[] }).examples
}

/** The file of an example, with its content type. */
export async function fetchFile(file: { readonly url: string; readonly contentType: string }, signal: AbortSignal): Promise<Blob> {
  const response = await request(file.url.replace(/^\//, ''), { signal })
  return new Blob([await response.arrayBuffer()], { type: file.contentType })
}

/** What was said of the model's answers so far. */
export async function fetchFeedback(model: string, signal: AbortSignal): Promise<FeedbackSummary> {
  return (await getJson(`${feedbackPath(model)}/summary`, signal)) as FeedbackSummary
}

/** Stores what a person says of an answer; resolves with its id. */
export async function sendFeedback(model: string, given: FeedbackGiven): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const response = await request(feedbackPath(model), { method: 'POST', headers, body: writeJson(given) })
  return (parse(await response.text()) as { readonly id: string }).id
}

export async function removeFeedback(model: string, id: string): Promise<void> {
  await request(`${feedbackPath(model)}/${encodeURIComponent(id)}`, { method: 'DELETE' })
}

const feedbackPath = (model: string): string => `api/v1/models/${encodeURIComponent(model)}/feedback`

/** Sends the call. Throws CallFailure, or the signal's reason when it was aborted. */
export async function send(call: Call, options: SendOptions): Promise<Answered> {
  const headers: Record<string, string> = { 'content-type': call.contentType }
  if (options.version !== undefined) headers['x-slipway-version'] = options.version
  const startedAt = performance.now()
  const path = `api/v1/models/${encodeURIComponent(call.model)}/predict`
  const response = await request(path, { method: 'POST', headers, body: call.body, signal: options.signal })
  const text = await response.text()
  const wallMs = measuredMs(response.url, startedAt)
  const requestId = response.headers.get('x-request-id')
  const answer = parse(text) as PredictAnswer
  return { answer, wallMs, text, ...(requestId === null ? {} : { requestId }) }
}

/** From the sending of the request to its last byte as the browser measured it, which leaves out what else the page was doing. */
function measuredMs(url: string, startedAt: number): number {
  const wallMs = performance.now() - startedAt
  const entry = performance.getEntriesByName(url, 'resource').findLast(({ startTime }) => startTime >= startedAt)
  // The browser keeps the first 250 entries only; the polling of figures would fill them.
  performance.clearResourceTimings()
  return entry === undefined || entry.duration <= 0 ? wallMs : Math.min(wallMs, entry.duration)
}

async function getJson(path: string, signal: AbortSignal): Promise<unknown> {
  const response = await request(path, { signal, headers: { accept: 'application/json' } })
  return parse(await response.text())
}

function parse(text: string): unknown {
  try {
    return readJson(text)
  } catch {
    throw new CallFailure('UNREADABLE', 'The answer is not JSON. Something other than Slipway answered at this address.')
  }
}

interface RequestParts {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Blob
  readonly signal?: AbortSignal
}

async function request(path: string, parts: RequestParts): Promise<Response> {
  let response: Response
  try {
    response = await fetch(new URL(path, document.baseURI), parts)
  } catch (error) {
    if (parts.signal?.aborted === true) throw error
    throw new CallFailure('NETWORK', 'The server did not answer.', { cause: error })
  }
  if (!response.ok) throw await failureOf(response)
  return response
}
