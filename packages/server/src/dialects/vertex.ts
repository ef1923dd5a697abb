/** Vertex AI's container contract. Source: cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements. */
import { type InferRequest, type JsonValue, type Parameters, type ParameterValue, quoted, ServeError } from '@slipway/protocol'
import { errorJson, json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { parseMediaType } from './bodies/media.ts'
import { outputRows } from './bodies/output-rows.ts'
import { pictureInputs } from './bodies/picture.ts'
import { readRowsBody } from './bodies/rows-body.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'

export interface VertexDeps extends DialectDeps {
  /** True once every model found at start was opened or refused. */
  ready(): boolean
  /** AIP_PREDICT_ROUTE; the default routes answer all the same. */
  readonly predictRoute?: string | undefined
  /** AIP_HEALTH_ROUTE. */
  readonly healthRoute?: string | undefined
}

const DEPLOYED = '/v1/endpoints/:endpoint/deployedModels/:deployed'

/** Requests name no model: the endpoint and the deployed model of the path are Vertex's own numbers. */
export function createVertex(deps: VertexDeps): Dialect {
  const predictRoute = (path: string): Route => ({
    method: 'POST',
    path,
    access: 'infer',
    handle: (call) => predict(deps, call),
    problem: errorJson,
  })
  const healthRoute = (path: string): Route => ({ method: 'GET', path, access: 'public', handle: () => health(deps), problem: errorJson })
  return {
    name: 'vertex',
    routes: [
      ...(deps.predictRoute === undefined ? [] : [{ ...predictRoute(literal(deps.predictRoute)), claims: always }]),
      ...(deps.healthRoute === undefined ? [] : [{ ...healthRoute(literal(deps.healthRoute)), claims: always }]),
      predictRoute(`${DEPLOYED}([^:]+)::predict`),
      healthRoute(DEPLOYED),
    ],
  }
}

/** A path that the platform names is the platform's, whichever other dialect has it. */
const always = () => true

/** In such a path a colon is a colon. */
const literal = (path: string) => path.replaceAll(':', '::')

/** Only 200 counts as healthy. */
function health({ dataPlane, ready }: VertexDeps): HttpResponse {
  if (!ready()) throw new ServeError('UNAVAILABLE', 'the models are being opened; ask again shortly')
  if (dataPlane.table.size === 0) throw new ServeError('UNAVAILABLE', 'no model is loaded; the log of the server says why')
  return json({ status: 'healthy' })
}

function predict(deps: VertexDeps, call: Call): Promise<HttpResponse> {
  return answerInference(deps, call, {
    dialect: 'vertex',
    model: deps.dataPlane.defaultModel(),
    version: undefined,
    decode: (revision) => ({ request: decode(call, revision), decoded: undefined }),
    encode: ({ outputs }) => ({ status: 200, headers: JSON_HEADERS, body: `{"predictions":[${outputRows(outputs).join(',')}]}` }),
  })
}

const JSON_HEADERS = { 'content-type': 'application/json' } as const

/** rawPredict passes any body on, so a picture may be one. */
function decode(call: Call, revision: Revision): InferRequest {
  const { model } = revision
  if (parseMediaType(call.header('content-type'))?.type.startsWith('image/') === true)
    return { model, inputs: pictureInputs(revision, [call.body]) }
  const { form, inputs, members } = readRowsBody(call, revision)
  if (form !== 'instances')
    throw new ServeError('INVALID_ARGUMENT', 'the body has no "instances"; send {"instances": […]} with one element for each row')
  const parameters = parametersOf(members.get('parameters'))
  return parameters === undefined ? { model, inputs } : { model, inputs, parameters }
}

function parametersOf(value: JsonValue | undefined): Parameters | undefined {
  if (value === undefined || value === null) return undefined
  if (!(value instanceof Map)) throw new ServeError('INVALID_ARGUMENT', '"parameters" must be an object by name')
  const parameters = new Map<string, ParameterValue>()
  for (const [name, given] of value as ReadonlyMap<string, JsonValue>) {
    if (given === null || typeof given === 'object')
      throw new ServeError('INVALID_ARGUMENT', `parameter ${quoted(name)} must be a string, a number or a boolean`)
    parameters.set(name, given)
  }
  return parameters
}
