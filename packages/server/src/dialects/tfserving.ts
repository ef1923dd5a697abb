/**
 * TensorFlow Serving's REST API, and KServe V1, which shares its paths. Source: tensorflow/serving model_servers/http_rest_api_handler.cc and
 * util/json_tensor.cc; kserve/kserve python/kserve/kserve/protocol/rest/v1_endpoints.py.
 *
 * A model here has one signature, so `signature_name` may be any text: it says nothing. GET of a model answers both in one body, with
 * KServe's 503 while it is not ready. NaN and the infinities are bare tokens, read and written.
 */
import {
  bytesEncoding,
  type ElementStyle,
  type InferResponse,
  type JsonObject,
  nestedJson,
  nestedJsonOctets,
  quoted,
  ServeError,
  type Tensor,
} from '@slipway/protocol'
import { errorJson, json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { metadata, modelStatus, type StatusDeps, versionStatus } from './about/tfserving-model.ts'
import { outputRows } from './bodies/output-rows.ts'
import { readRowsBody } from './bodies/rows-body.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'
import { classified, readExamples, regressed } from './tfserving-examples.ts'

export interface TfServingDeps extends DialectDeps, StatusDeps {}

const MODEL = '/v1/models/:model([^:]+)'
const VERSION = `${MODEL}/versions/:version([^:]+)`
const LABEL = `${MODEL}/labels/:label([^:]+)`

export function createTfServing(deps: TfServingDeps): Dialect {
  const route = (method: Route['method'], path: string, handle: Route['handle']): Route => ({
    method,
    path,
    access: 'infer',
    handle,
    problem,
  })
  const verbs: readonly (readonly [string, Route['handle']])[] = [
    ['predict', (call) => predict(deps, call)],
    ['classify', (call) => examples(deps, call, classified)],
    ['regress', (call) => examples(deps, call, regressed)],
    ['explain', (call) => noExplanation(revisionOf(deps, call))],
  ]
  return {
    name: 'tfserving',
    routes: [
      ...[MODEL, VERSION].flatMap((path) => verbs.map(([verb, handle]) => route('POST', `${path}::${verb}`, handle))),
      ...verbs.map(([verb]) => route('POST', `${LABEL}::${verb}`, (call) => noLabel(deps, call))),
      route('GET', '/v1/models', () => json({ models: [...deps.models()].sort() })),
      route('GET', MODEL, (call) => modelStatus(deps, modelOf(call))),
      route('GET', VERSION, (call) => versionStatus(deps, modelOf(call), call.params.version as string)),
      ...[MODEL, VERSION].map((path) => route('GET', `${path}/metadata`, (call) => json(metadata(revisionOf(deps, call))))),
      ...[LABEL, `${LABEL}/metadata`].map((path) => route('GET', path, (call) => noLabel(deps, call))),
    ],
  }
}

const revisionOf = ({ dataPlane }: TfServingDeps, call: Call): Revision => dataPlane.revision(modelOf(call), call.params.version)
const modelOf = (call: Call) => call.params.model as string
const JSON_HEADERS = { 'content-type': 'application/json' } as const

/** TF Serving's statuses: a failed precondition is the caller's 400. */
function problem(error: ServeError): HttpResponse {
  const response = errorJson(error)
  return error.code === 'FAILED_PRECONDITION' ? { ...response, status: 400 } : response
}

/** Labels are names that an operator gives to versions; none are given here. */
function noLabel(deps: TfServingDeps, call: Call): never {
  const { model } = revisionOf(deps, call)
  const versions = deps.versions(model).map(({ version }) => version)
  throw new ServeError(
    'NOT_FOUND',
    `Unrecognized servable version label: ${quoted(call.params.label)}; model ${quoted(model)} has no labels, name one of its versions: ${versions.join(', ')}`,
  )
}

function noExplanation({ model }: Revision): never {
  throw new ServeError('UNIMPLEMENTED', `model ${quoted(model)} has no explainer; ask it to :predict`)
}

function predict(deps: TfServingDeps, call: Call): Promise<HttpResponse> {
  return answerInference(deps, call, {
    dialect: 'tfserving',
    model: modelOf(call),
    version: call.params.version,
    decode: (revision) => {
      const { form, inputs, members } = readRowsBody(call, revision)
      checkSignatureName(members)
      return { request: { model: revision.model, inputs }, decoded: form }
    },
    encode: ({ outputs }, form) => ({
      status: 200,
      headers: JSON_HEADERS,
      body: form === 'instances' ? predictions(outputs) : columns(outputs),
    }),
  })
}

function checkSignatureName(members: JsonObject): void {
  const name = members.get('signature_name')
  if (name !== undefined && typeof name !== 'string') throw new ServeError('INVALID_ARGUMENT', '"signature_name" must be a string')
}

type Outputs = InferResponse['outputs']

/** Texts as strings; octets as {"b64"}: where the output's name says so, as TF Serving has it, and where they are no text. */
function styleOf(name: string, value: Tensor): ElementStyle {
  const bytesAs = value.datatype === 'BYTES' && (name.endsWith('_bytes') || bytesEncoding(value) === 'base64') ? 'object' : 'text'
  return { bytesAs, bareNonFinite: true }
}

/** The body of a model with one output, whose elements stand bare under the key. */
function bare(key: string, name: string, value: Tensor): Uint8Array {
  return nestedJsonOctets(value, { before: `{"${key}":`, after: '}' }, styleOf(name, value))
}

function predictions(outputs: Outputs): string | Uint8Array {
  const [first] = outputs
  // The rows of an only output are its own elements: written in one go.
  if (first !== undefined && outputs.size === 1 && first[1].shape.length > 0) return bare('predictions', ...first)
  const styles = new Map([...outputs].map(([name, value]) => [name, styleOf(name, value)]))
  return `{"predictions":[${outputRows(outputs, (value, name) => nestedJson(value, styles.get(name))).join(',')}]}`
}

function columns(outputs: Outputs): string | Uint8Array {
  const [first] = outputs
  if (first !== undefined && outputs.size === 1) return bare('outputs', ...first)
  const texts = [...outputs].map(([name, value]) => `${JSON.stringify(name)}:${nestedJson(value, styleOf(name, value))}`)
  return `{"outputs":{${texts.join(',')}}}`
}

function examples(
  deps: TfServingDeps,
  call: Call,
  results: (response: InferResponse, revision: Revision) => string,
): Promise<HttpResponse> {
  return answerInference(deps, call, {
    dialect: 'tfserving',
    model: modelOf(call),
    version: call.params.version,
    decode: (revision) => {
      const { inputs, members } = readExamples(call, revision)
      checkSignatureName(members)
      return { request: { model: revision.model, inputs }, decoded: undefined }
    },
    encode: (response, _, revision) => ({ status: 200, headers: JSON_HEADERS, body: `{"results":${results(response, revision)}}` }),
  })
}
