/** Seldon Core 1's external API. Source: SeldonIO/seldon-core openapi/engine.oas3.json and python/seldon_core/utils.py. */
import {
  type InferRequest,
  type InferResponse,
  type JsonObject,
  type JsonValue,
  nestedJson,
  quoted,
  ServeError,
  type Tensors,
} from '@slipway/protocol'
import { json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { readJsonObject } from './bodies/json-body.ts'
import { outputRows } from './bodies/output-rows.ts'
import { pictureInput, pictureInputs } from './bodies/picture.ts'
import { columnsToInputs, rowsToInputs } from './bodies/rows.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'
import { type DataKind, dataInputs, seldonData } from './seldon-data.ts'

/** Without an ingress the path names no model; with one, the deployment is the model's name. */
export function createSeldon(deps: DialectDeps): Dialect {
  const route = (path: string): Route => ({
    method: 'POST',
    path,
    access: 'infer',
    handle: (call) => predict(deps, call),
    problem: failureJson,
  })
  const ends = ['/api/v1.0/predictions', '/api/v0.1/predictions']
  const starts = ['', '/seldon/:model', '/seldon/:namespace/:model']
  return { name: 'seldon', routes: starts.flatMap((start) => ends.map((end) => route(`${start}${end}`))) }
}

const LONGEST_MESSAGE = 2000

function failureJson({ code, status, message }: ServeError): HttpResponse {
  const reason = status < 500 ? 'MICROSERVICE_BAD_DATA' : 'MICROSERVICE_INTERNAL_ERROR'
  const info = message.slice(0, LONGEST_MESSAGE)
  return json(
    { status: { code: status, info, reason: code === 'NOT_FOUND' ? 'MICROSERVICE_NOT_FOUND' : reason, status: 'FAILURE' } },
    status,
  )
}

/** What the answer is made as: the kind that was asked with. */
interface Asked {
  readonly kind: DataKind | 'jsonRows' | 'jsonColumns' | 'strData'
  readonly puid: string
}

function predict(deps: DialectDeps, call: Call): Promise<HttpResponse> {
  return answerInference(deps, call, {
    dialect: 'seldon',
    model: call.params.model ?? deps.dataPlane.defaultModel(),
    version: undefined,
    decode: (revision) => decode(call, revision),
    encode: (response, asked, revision) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: encode(response, asked, revision),
    }),
  })
}

const KINDS = ['data', 'jsonData', 'strData', 'binData'] as const
const EXAMPLE = '{"data": {"ndarray": [row, …]}}'

function decode(call: Call, revision: Revision): { request: InferRequest; decoded: Asked } {
  const body = readJsonObject(call, EXAMPLE)
  const given = KINDS.filter((kind) => body.has(kind))
  const [kind] = given
  if (kind === undefined || given.length > 1)
    throw new ServeError('INVALID_ARGUMENT', `the message must have one of ${KINDS.map(quoted).join(', ')}; send ${EXAMPLE}`)
  const value = body.get(kind) as JsonValue
  const meta = body.get('meta')
  const puid = meta instanceof Map ? (meta as JsonObject).get('puid') : undefined
  const read = kind === 'data' ? dataInputs(revision, value) : payloadInputs(revision, kind, value)
  return {
    request: { model: revision.model, inputs: read.inputs },
    decoded: { kind: read.kind, puid: typeof puid === 'string' && puid !== '' ? puid : call.requestId },
  }
}

/** The kinds that are no array. */
function payloadInputs(
  revision: Revision,
  kind: 'jsonData' | 'strData' | 'binData',
  value: JsonValue,
): { inputs: Tensors; kind: Asked['kind'] } {
  if (kind === 'jsonData') {
    if (Array.isArray(value)) return { inputs: rowsToInputs(revision, value), kind: 'jsonRows' }
    return { inputs: columnsToInputs(revision, value), kind: 'jsonColumns' }
  }
  if (typeof value !== 'string') throw new ServeError('INVALID_ARGUMENT', `${quoted(kind)} must be a string`)
  if (kind === 'strData') return { inputs: rowsToInputs(revision, [value]), kind: 'strData' }
  const octets = new Map([['b64', value]])
  if (pictureInput(revision) !== undefined || revision.package.inputs[0]?.datatype === 'BYTES')
    return { inputs: rowsToInputs(revision, [octets]), kind: 'tensor' }
  return { inputs: pictureInputs(revision, []), kind: 'tensor' }
}

function encode(response: InferResponse, { kind, puid }: Asked, revision: Revision): string {
  const meta = JSON.stringify({ puid, tags: {}, routing: {}, requestPath: { [response.model]: response.version }, metrics: [] })
  return `{"meta":${meta},${payload(response, kind, revision)}}`
}

function payload({ outputs }: InferResponse, kind: Asked['kind'], revision: Revision): string {
  if (kind === 'jsonRows') return `"jsonData":[${outputRows(outputs).join(',')}]`
  if (kind === 'jsonColumns')
    return `"jsonData":{${Array.from(outputs, ([name, value]) => `${JSON.stringify(name)}:${nestedJson(value)}`).join(',')}}`
  if (kind !== 'strData') return `"data":${seldonData(outputs, kind, revision)}`
  const row = outputRows(outputs)[0] ?? 'null'
  // One text is the string itself, anything else its JSON.
  return `"strData":${row.startsWith('"') ? row : JSON.stringify(row)}`
}
