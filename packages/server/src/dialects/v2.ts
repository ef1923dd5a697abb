/** Open Inference Protocol V2 over REST, with the binary tensor extension. Source: kserve/open-inference-protocol, triton-inference-server/server docs/protocol. */
import { decodeInferRequest, encodeInferResponse, parseHeaderLength, ServeError, type TensorSpec } from '@slipway/protocol'
import { errorJson, json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { EXTENSIONS } from './about/extensions.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'

export interface V2Deps extends DialectDeps {
  /** What /v2 says of the server. */
  readonly server: { readonly name: string; readonly version: string }
  /** True once every model found at start was opened or refused. */
  ready(): boolean
}

const HEADER_LENGTH = 'inference-header-content-length'

export function createV2(deps: V2Deps): Dialect {
  const route = (method: Route['method'], path: string, access: Route['access'], handle: Route['handle']): Route => ({
    method,
    path,
    access,
    handle,
    problem: errorJson,
  })
  const model = (call: Call): Revision => deps.dataPlane.revision(call.params.model as string, call.params.version)
  const both = (method: Route['method'], end: string, access: Route['access'], handle: Route['handle']) => [
    route(method, `/v2/models/:model${end}`, access, handle),
    route(method, `/v2/models/:model/versions/:version${end}`, access, handle),
  ]
  return {
    name: 'v2',
    routes: [
      ...['/v2', '/v2/'].map((path) => route('GET', path, 'public', () => json({ ...deps.server, extensions: EXTENSIONS }))),
      route('GET', '/v2/health/live', 'public', () => json({ live: true })),
      route('GET', '/v2/health/ready', 'public', () => json({ ready: deps.ready() }, deps.ready() ? 200 : 503)),
      ...both('GET', '', 'infer', (call) => json(metadata(deps, model(call)))),
      ...both('GET', '/ready', 'infer', (call) => readiness(model(call))),
      ...both('POST', '/infer', 'infer', (call) => infer(deps, call)),
    ],
  }
}

function readiness(revision: Revision): HttpResponse {
  const broken = revision.broken()
  if (broken !== undefined) throw new ServeError('UNAVAILABLE', broken)
  return json({ name: revision.model, ready: true })
}

function metadata({ dataPlane }: DialectDeps, revision: Revision): unknown {
  const { inputs, outputs } = revision.package.facts.signature
  const describe = ({ name, datatype, shape }: TensorSpec) => ({ name, datatype, shape })
  return {
    name: revision.model,
    versions: [...(dataPlane.table.get(revision.model)?.versions.keys() ?? [revision.version])],
    platform: revision.package.python === undefined ? 'onnx_onnxv1' : 'python',
    inputs: inputs.map(describe),
    outputs: outputs.map(describe),
  }
}

function infer(deps: DialectDeps, call: Call): Promise<HttpResponse> {
  const model = call.params.model as string
  const { version } = call.params
  return answerInference(deps, call, {
    dialect: 'v2',
    model,
    version,
    decode: (revision) => {
      const headerLength = parseHeaderLength(call.header(HEADER_LENGTH), call.body.byteLength)
      const decoded = decodeInferRequest(call.body, {
        model,
        signature: revision.package.facts.signature,
        ...(version === undefined ? {} : { version }),
        ...(headerLength === undefined ? {} : { headerLength }),
      })
      return { request: decoded.request, decoded }
    },
    encode: (response, { binaryOutput }) => {
      const { body, headerLength } = encodeInferResponse(response, {
        binaryOutput,
        ...(response.id === undefined ? {} : { id: response.id }),
      })
      if (headerLength === undefined) return { status: 200, headers: JSON_HEADERS, body }
      return { status: 200, headers: { 'content-type': 'application/octet-stream', [HEADER_LENGTH]: String(headerLength) }, body }
    },
  })
}

const JSON_HEADERS = { 'content-type': 'application/json' } as const
