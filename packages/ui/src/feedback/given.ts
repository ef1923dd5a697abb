/** From a call and its answer to what is stored of them when a person marks it. */
import type { FeedbackGiven, FeedbackInput, InputInfo, ModelInfo, OutputInfo, PredictAnswer, TensorJson } from '@slipway/client'
import { base64, type Call } from '../call/compose.ts'
import { readJson } from '../call/exact-json.ts'
import { flatten, shapeOf } from '../form/nesting.ts'

/** What was sent and what came back; `requestId` where the server told one. */
export interface Exchange {
  readonly call: Call
  readonly answer: Pick<PredictAnswer, 'version' | 'outputs'>
  readonly requestId?: string
}

/** What the person says. A label makes it `relabelled`. */
export type Mark = Pick<FeedbackGiven, 'verdict' | 'label' | 'note'>

/** The body of POST /api/v1/models/{model}/feedback: the input as it was sent, a picture as its file. */
export async function feedbackGiven(model: Pick<ModelInfo, 'inputs' | 'outputs'>, exchange: Exchange, mark: Mark): Promise<FeedbackGiven> {
  const { call, answer, requestId } = exchange
  return {
    version: answer.version,
    ...(requestId === undefined ? {} : { requestId }),
    ...mark,
    input: await inputOf(call, model.inputs),
    output: { outputs: await tensorsOf(new Map(Object.entries(answer.outputs)), model.outputs) },
  }
}

async function inputOf({ body, contentType }: Call, inputs: readonly InputInfo[]): Promise<FeedbackInput> {
  if (typeof body !== 'string') return { file: { contentType, base64: await base64(body) } }
  return { inputs: await tensorsOf(namedInputs(readJson(body), inputs), inputs) }
}

/** The values of a predict body by input: `{"inputs": {name: value}}`, or just the value where one input has to be given. */
function namedInputs(body: unknown, inputs: readonly InputInfo[]): ReadonlyMap<string, unknown> {
  const given = isObject(body) ? body.inputs : body
  if (isObject(given)) return new Map(Object.entries(given))
  const only = inputs.find((input) => input.optional !== true)
  return only === undefined ? new Map() : new Map([[only.name, given]])
}

async function tensorsOf(values: ReadonlyMap<string, unknown>, specs: readonly (InputInfo | OutputInfo)[]): Promise<TensorJson[]> {
  const known = specs.filter(({ name }) => values.has(name))
  return await Promise.all(known.map((spec) => tensorJson(spec, values.get(spec.name))))
}

/** Octets stand in a predict body as `{"b64": …}`; V2 writes all elements of such a tensor in base64. */
async function tensorJson({ name, datatype }: InputInfo | OutputInfo, value: unknown): Promise<TensorJson> {
  const [shape, flat] = [shapeOf(value), flatten(value)]
  if (!flat.some(isObject)) return { name, datatype, shape, data: flat }
  const data = await Promise.all(flat.map((element) => (isObject(element) ? element.b64 : base64(new Blob([String(element)])))))
  return { name, datatype: 'BYTES', shape, parameters: { content_type: 'base64' }, data }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
