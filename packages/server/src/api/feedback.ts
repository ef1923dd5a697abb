/** /api/v1/models/{model}/feedback: answers that people marked right, wrong or relabelled, to learn from. */
import { FEEDBACK_VERDICTS, quoted, ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/schema.ts'
import { errorJson, json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Reconciler } from '../rollouts/reconcile.ts'
import type { DataPlane } from '../serving/data-plane.ts'
import type { RecordStore } from '../stores/records/records.ts'
import { entryJson, feedbackOf, parseFeedback } from './feedback-record.ts'

export interface FeedbackApiDeps {
  readonly dataPlane: DataPlane
  readonly reconciler: Pick<Reconciler, 'models'>
  readonly records: RecordStore
  readonly clock: Clock
  readonly settings: Config['feedback']
}

/** One marked answer with its input; a page of them has to fit into memory. */
const ENTRY_BYTES = 1_000_000
const DEFAULT_LIMIT = 20
const MOST_LIMIT = 100
const LATEST = 6

export function feedbackRoutes(deps: FeedbackApiDeps): readonly Route[] {
  const path = '/api/v1/models/:model/feedback'
  return [
    // Whoever may ask a model may say how it did; reading what others sent is for who runs the server.
    { method: 'POST', path, access: 'infer', handle: (call) => mark(deps, call), problem: errorJson },
    { method: 'GET', path, access: 'admin', handle: (call) => list(deps, call), problem: errorJson },
    { method: 'GET', path: `${path}/summary`, access: 'admin', handle: (call) => summarise(deps, call), problem: errorJson },
    { method: 'DELETE', path: `${path}/:entry`, access: 'admin', handle: (call) => remove(deps, call), problem: errorJson },
  ]
}

async function mark({ dataPlane, records, clock, settings }: FeedbackApiDeps, call: Call): Promise<HttpResponse> {
  const { model } = dataPlane.revision(call.params.model as string, undefined)
  if (call.body.byteLength > ENTRY_BYTES)
    throw new ServeError(
      'PAYLOAD_TOO_LARGE',
      `feedback takes up to ${ENTRY_BYTES} octets with its input, and this has ${call.body.byteLength}; send a smaller picture or fewer rows`,
    )
  const parsed = parseFeedback(call.body, (version) => dataPlane.revision(model, version))
  const entry = { markedAt: new Date(clock.now()).toISOString(), ...parsed }
  const stored = await feedbackOf(records, model).append(entry, settings.maxEntries)
  if (stored === undefined) throw full(model, settings.maxEntries)
  return json({ id: stored.id }, 201)
}

function full(model: string, most: number): ServeError {
  const why =
    most === 0 ? 'feedback.maxEntries is 0' : `${most} marked answers are kept for it already, as many as feedback.maxEntries allows`
  const help = most === 0 ? 'set it to keep some' : 'export them with "slipway feedback export" and delete some, or raise it'
  return new ServeError('FAILED_PRECONDITION', `feedback on model ${quoted(model)} was not stored: ${why}; ${help}`)
}

async function list({ reconciler, records }: FeedbackApiDeps, call: Call): Promise<HttpResponse> {
  const model = call.params.model as string
  const after = call.query.get('after')
  const page = await feedbackOf(records, model).list({ limit: limitOf(call.query), ...(after === null ? {} : { after }) })
  // What was said of a model outlives it.
  if (page.records.length === 0) checkServed(reconciler, model)
  const next = page.next === undefined ? '' : `,"next":${JSON.stringify(page.next)}`
  return jsonText(`{"entries":[${page.records.map((record) => entryJson(model, record)).join(',')}]${next}}`)
}

/** A FeedbackSummary: what a page shows without reading everything. */
async function summarise({ reconciler, records, settings }: FeedbackApiDeps, call: Call): Promise<HttpResponse> {
  const model = call.params.model as string
  const collection = feedbackOf(records, model)
  const [tally, page] = await Promise.all([collection.tally('verdict'), collection.list({ limit: LATEST, newestFirst: true })])
  if (page.records.length === 0) checkServed(reconciler, model)
  const counts = JSON.stringify(Object.fromEntries(FEEDBACK_VERDICTS.map((verdict) => [verdict, tally.get(verdict) ?? 0])))
  const latest = page.records.map((record) => entryJson(model, record)).join(',')
  return jsonText(`{"most":${settings.maxEntries},"counts":${counts},"latest":[${latest}]}`)
}

function checkServed(reconciler: FeedbackApiDeps['reconciler'], model: string): void {
  if (reconciler.models().includes(model)) return
  throw new ServeError('NOT_FOUND', `there is no model ${quoted(model)}, and no feedback on one; GET /api/v1/models lists the models`)
}

const jsonText = (body: string): HttpResponse => ({ status: 200, headers: { 'content-type': 'application/json' }, body })

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit')
  if (text === null) return DEFAULT_LIMIT
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MOST_LIMIT)
    throw new ServeError('INVALID_ARGUMENT', `limit must be a whole number from 1 to ${MOST_LIMIT}, not ${quoted(text)}`)
  return limit
}

async function remove({ records }: FeedbackApiDeps, call: Call): Promise<HttpResponse> {
  const [model, id] = [call.params.model as string, call.params.entry as string]
  if (await feedbackOf(records, model).delete(id)) return json({ id })
  throw new ServeError('NOT_FOUND', `model ${quoted(model)} has no feedback ${quoted(id)}; GET /api/v1/models/{model}/feedback lists it`)
}
