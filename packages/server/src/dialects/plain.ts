/**
 * The plain dialect: named inputs as ordinary JSON, a table, a form, an array or a picture. Answers with labels where the model has them, or
 * as a table or an array for callers that accept nothing else.
 */
import {
  describeSpec,
  type InferResponse,
  type JsonValue,
  nestedJson,
  type PredictAnswer,
  parseJson,
  quoted,
  ServeError,
  type Tensor,
  type TensorSpec,
  type Tensors,
  tensorFromJson,
} from '@slipway/protocol'
import { errorJson } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { BODY_TYPES, bodyInputs, isJsonBody } from './bodies/body-inputs.ts'
import { answerBody, answerForm } from './bodies/body-outputs.ts'
import { readForm } from './bodies/form.ts'
import { parseMediaType, unknownMediaType } from './bodies/media.ts'
import { labelsByOutput } from './bodies/scored-labels.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'
import { formInputs } from './plain-form.ts'

export function createPlain(deps: DialectDeps): Dialect {
  const routes = (path: string): readonly Route[] => [
    { method: 'POST', path, access: 'infer', handle: (call) => predict(deps, call), problem: errorJson },
    { method: 'GET', path, access: 'infer', handle: (call) => explain(deps, call), problem: errorJson },
  ]
  return { name: 'plain', routes: ['/api/v1/models/:model/predict', '/api/v1/models/:model/versions/:version/predict'].flatMap(routes) }
}

/** A person followed the address: tells what to send to it. */
function explain({ dataPlane }: DialectDeps, { params }: Call): never {
  const { inputs } = dataPlane.revision(params.model as string, params.version).package
  const named = inputs.map((input) => `${quoted(input.name)}: …`).join(', ')
  const specs = inputs.map((input) => `${input.name} is ${describeSpec(input)}`).join(', ')
  throw new ServeError(
    'METHOD_NOT_ALLOWED',
    `send a POST here with {"inputs": {${named}}} as application/json, or one of ${OTHERS.join(', ')}; ${specs}`,
  )
}

async function predict(deps: DialectDeps, call: Call): Promise<HttpResponse> {
  const form = answerForm(call.header('accept'))
  const header = call.header('content-type')
  const parts = parseMediaType(header)?.type === FORM ? await readForm(header as string, call.body) : undefined
  return answerInference(deps, call, {
    dialect: 'plain',
    model: call.params.model as string,
    version: call.params.version,
    decode: (revision) => ({
      request: { model: revision.model, inputs: parts === undefined ? decode(call, revision) : formInputs(revision, parts) },
      decoded: undefined,
    }),
    encode: (response, _, revision) => ({
      status: 200,
      headers: { 'content-type': form },
      body: answerBody(form, response.outputs, () => encode(response, revision)),
    }),
  })
}

const FORM = 'multipart/form-data'
const OTHERS = [...BODY_TYPES.filter((type) => type !== 'application/json'), FORM]

function decode(call: Call, revision: Revision): Tensors {
  if (isJsonBody(call)) return namedInputs(parseJson(call.body), revision)
  const header = call.header('content-type')
  const type = parseMediaType(header)?.type ?? ''
  if (!type.startsWith('image/') && !OTHERS.includes(type)) throw unknownMediaType(header, ['application/json', ...OTHERS])
  return bodyInputs(call, revision)
}

/** `{"inputs": {name: data}}`, or just the data when the model has one input that must be given. */
function namedInputs(body: JsonValue, { model, package: { facts, transforms } }: Revision): ReadonlyMap<string, Tensor> {
  const specs = facts.signature.inputs
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
