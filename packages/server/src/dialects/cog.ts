/** Cog's HTTP API, the synchronous part. Source: replicate/cog docs/http.md. */
import { type InferRequest, type InferResponse, type JsonObject, type JsonValue, jsonText, quoted, ServeError } from '@slipway/protocol'
import { json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { readJsonObject } from './bodies/json-body.ts'
import { isOneNamedRow } from './bodies/one-row.ts'
import { outputRows } from './bodies/output-rows.ts'
import { columnsToInputs, rowsToInputs } from './bodies/rows.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'

export interface CogDeps extends DialectDeps {
  /** True once every model found at start was opened or refused. */
  ready(): boolean
  readonly server: { readonly version: string; readonly startedAt: string }
}

/** Requests name no model. Nothing is kept of a prediction, so the same id twice gives the same answer twice. */
export function createCog(deps: CogDeps): Dialect {
  const route = (method: Route['method'], path: string, handle: Route['handle']): Route => ({
    method,
    path,
    access: 'infer',
    handle,
    problem: detailJson,
  })
  return {
    name: 'cog',
    routes: [
      route('POST', '/predictions', (call) => predict(deps, call)),
      route('PUT', '/predictions/:name', (call) => predict(deps, call)),
      route('POST', '/predictions/:name/cancel', ({ params }) => {
        throw new ServeError(
          'NOT_FOUND',
          `no prediction ${quoted(params.name)} is running that could be cancelled; predictions here are synchronous`,
        )
      }),
      { ...route('GET', '/health-check', () => health(deps)), access: 'public' },
    ],
  }
}

const LONGEST_MESSAGE = 2000

/** FastAPI's shapes: a list for what is wrong with the input, else a sentence; and Cog's own members for what failed. */
function detailJson({ code, status, message: whole }: ServeError): HttpResponse {
  const message = whole.slice(0, LONGEST_MESSAGE)
  if (code === 'INVALID_ARGUMENT' || code === 'FAILED_PRECONDITION')
    return json({ detail: [{ loc: ['body', 'input'], msg: message, type: 'value_error' }] }, 422)
  return json(status < 500 ? { detail: message } : { detail: message, status: 'failed', error: message }, status)
}

/** Always 200: the state is in the body. */
function health({ ready, server }: CogDeps): HttpResponse {
  const opened = ready()
  const setup = { started_at: server.startedAt, status: opened ? 'succeeded' : 'starting', logs: '' }
  return json({ status: opened ? 'READY' : 'STARTING', setup, version: { slipway: server.version } })
}

/** What the answer says of the question. */
interface Asked {
  readonly id: string | undefined
  readonly input: JsonValue
  readonly form: 'one' | 'rows'
  readonly startedAt: number
}

function predict(deps: CogDeps, call: Call): Promise<HttpResponse> {
  const { clock } = deps
  return answerInference(deps, call, {
    dialect: 'cog',
    model: deps.dataPlane.defaultModel(),
    version: undefined,
    decode: (revision) => decode(call, revision, clock.now()),
    encode: (response, asked) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: encode(response, asked, clock.now()),
    }),
  })
}

function decode(call: Call, revision: Revision, startedAt: number): { request: InferRequest; decoded: Asked } {
  const body = readJsonObject(call, '{"input": {…}}')
  refuseUnoffered(call, body)
  const input = body.get('input')
  if (!(input instanceof Map))
    throw new ServeError(
      'INVALID_ARGUMENT',
      `the body has no "input"; send {"input": {${revision.package.inputs.map(({ name }) => `${quoted(name)}: …`).join(', ')}}}`,
    )
  const given = body.get('id')
  const id = call.params.name ?? (typeof given === 'string' ? given : undefined)
  if (call.params.name !== undefined && typeof given === 'string' && given !== call.params.name)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `the path names the prediction ${quoted(call.params.name)}, the body ${quoted(given)}; give one id`,
    )
  const values = new Map([...(input as JsonObject)].map(([name, value]) => [name, fileOf(revision, name, value)]))
  const form = isOneNamedRow(revision, values) ? 'one' : 'rows'
  const inputs = form === 'one' ? rowsToInputs(revision, [values]) : columnsToInputs(revision, values)
  return { request: { model: revision.model, inputs }, decoded: { id, input, form, startedAt } }
}

/** What a client would wait for in vain. `Prefer: respond-async` alone is a preference, and may be passed over (RFC 7240 §2). */
function refuseUnoffered(call: Call, body: JsonObject): void {
  const unoffered = ['webhook', 'output_file_prefix'].find((key) => (body.get(key) ?? null) !== null)
  if (unoffered !== undefined)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${quoted(unoffered)} is not offered here: nothing is sent to other addresses; the answer comes in the response`,
    )
  if (call.header('accept')?.includes('text/event-stream') === true)
    throw new ServeError('NOT_ACCEPTABLE', 'the answer is not streamed; accept application/json')
}

const DATA_URL = /^data:[^,]*;base64,/i

/** A file as a data: URL; one at another address is not fetched. */
function fileOf({ package: { transforms } }: Revision, name: string, value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value
  const head = DATA_URL.exec(value.slice(0, 200))?.[0]
  if (head !== undefined) return new Map([['b64', value.slice(head.length)]])
  if (transforms.some(({ input }) => input === name))
    throw new ServeError(
      'INVALID_ARGUMENT',
      `input ${quoted(name)}: a picture must be a data: URL, such as data:image/png;base64,…; none is fetched from another address`,
    )
  return value
}

function encode({ outputs, model, version, phases }: InferResponse, { id, input, form, startedAt }: Asked, completedAt: number): string {
  const rows = outputRows(outputs)
  const seconds = ((phases.transform ?? 0) + (phases.infer ?? 0)) / 1000
  const rest = {
    ...(id === undefined ? {} : { id }),
    status: 'succeeded',
    error: null,
    logs: '',
    started_at: new Date(startedAt).toISOString(),
    completed_at: new Date(completedAt).toISOString(),
    metrics: { predict_time: seconds },
    version: `${model}@${version}`,
  }
  return `${JSON.stringify(rest).slice(0, -1)},"input":${jsonText(input)},"output":${form === 'one' ? (rows[0] ?? 'null') : `[${rows.join(',')}]`}}`
}
