/** The plain dialect: named inputs as ordinary JSON, or an image as the body; answers with labels where the model has them. */
import {
  type InferRequest,
  type InferResponse,
  type JsonValue,
  nestedJson,
  type PredictAnswer,
  parseJson,
  quoted,
  ServeError,
  type Tensor,
  type TensorSpec,
  tensorFromJson,
} from '@slipway/protocol'
import { errorJson } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'
import { pictureInputs } from './picture.ts'
import { labelsByOutput } from './scored-labels.ts'

export function createPlain(deps: DialectDeps): Dialect {
  const route: Omit<Route, 'path'> = { method: 'POST', access: 'infer', handle: (call) => predict(deps, call), problem: errorJson }
  return {
    name: 'plain',
    routes: ['/api/v1/models/:model/predict', '/api/v1/models/:model/versions/:version/predict'].map((path) => ({ ...route, path })),
  }
}

function predict(deps: DialectDeps, call: Call): Promise<HttpResponse> {
  return answerInference(deps, call, {
    dialect: 'plain',
    model: call.params.model as string,
    version: call.params.version,
    decode: (revision) => ({ request: decode(call, revision), decoded: undefined }),
    encode: (response, _, revision) => ({ status: 200, headers: { 'content-type': 'application/json' }, body: encode(response, revision) }),
  })
}

/** Without parameters such as a charset. */
function mediaType(call: Call): string {
  return (call.header('content-type') ?? 'application/json').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function decode(call: Call, revision: Revision): InferRequest {
  const type = mediaType(call)
  if (type.startsWith('image/')) return { model: revision.model, inputs: pictureInputs(revision, [call.body]) }
  if (type !== 'application/json' && type !== 'text/json' && type !== 'application/x-www-form-urlencoded') {
    throw new ServeError(
      'UNSUPPORTED_MEDIA_TYPE',
      `content-type ${quoted(type)} is not known here; send application/json, or an image (image/png, image/jpeg, image/webp, image/gif)`,
    )
  }
  return { model: revision.model, inputs: namedInputs(parseJson(call.body), revision) }
}

/** `{"inputs": {name: data}}`, or just the data when the model has one input that must be given. */
function namedInputs(body: JsonValue, { model, package: { onnx, transforms } }: Revision): ReadonlyMap<string, Tensor> {
  const specs = onnx.signature.inputs
  const images = new Set(transforms.map(({ input }) => input))
  const read = (spec: TensorSpec, value: JsonValue) => tensorFromJson(fittingSpec(spec, images.has(spec.name) && isEncoded(value)), value)
  const given = body instanceof Map ? (body as ReadonlyMap<string, JsonValue>).get('inputs') : body
  if (given === undefined)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `the body has no "inputs"; send {"inputs": {${specs.map(({ name }) => `${quoted(name)}: …`).join(', ')}}}`,
    )
  if (!(given instanceof Map)) {
    const needed = specs.filter((spec) => spec.optional !== true)
    const [only] = needed
    if (only === undefined || needed.length > 1)
      throw new ServeError('INVALID_ARGUMENT', `model ${quoted(model)} has ${specs.length} inputs, so "inputs" must be an object by name`)
    return new Map([[only.name, read(only, given)]])
  }
  const byName = new Map(specs.map((spec) => [spec.name, spec]))
  const inputs = new Map<string, Tensor>()
  for (const [name, value] of given as ReadonlyMap<string, JsonValue>) {
    const spec = byName.get(name)
    if (spec === undefined)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `model ${quoted(model)} has no input ${quoted(name)}; its inputs are ${[...byName.keys()].map(quoted).join(', ')}`,
      )
    inputs.set(name, read(spec, value))
  }
  return inputs
}

/** The nesting of the data gives the shape; the signature is held against it later. */
const fittingSpec = ({ name, datatype }: TensorSpec, isEncoded: boolean) => ({ name, datatype: isEncoded ? 'BYTES' : datatype }) as const

/** An image as a file in base64, in its tensor's place: `[{"b64": "…"}]`. */
const isEncoded = (value: JsonValue): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((element) => element instanceof Map && (element as ReadonlyMap<string, JsonValue>).has('b64'))

function encode(response: InferResponse, revision: Revision): string {
  const labels = Object.fromEntries(labelsByOutput(response, revision))
  const outputs = Array.from(response.outputs, ([name, value]) => `${JSON.stringify(name)}:${nestedJson(value)}`)
  const { model, version, phases, batchRows } = response
  const rest: Omit<PredictAnswer, 'outputs'> = {
    model,
    version,
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    timing: { ...phases },
    batchRows,
  }
  return `${JSON.stringify(rest).slice(0, -1)},"outputs":{${outputs.join(',')}}}`
}
