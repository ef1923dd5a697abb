/** Paths and schemas of one loaded model: the plain dialect and V2, with bodies from its signature. */
import type { InputInfo, OutputInfo } from '@slipway/protocol'
import { BODY_TYPES } from '../dialects/bodies/body-inputs.ts'
import type { Revision } from '../serving/revision.ts'
import { ERROR_ANSWER, operationId, type PathItems } from './openapi-paths.ts'
import { type JsonSchema, nestedSchema, plainInputSchema, v2TensorSchema } from './tensor-schema.ts'

const ref = (model: string, name: string): JsonSchema => ({ $ref: `#/components/schemas/${model}.${name}` })
const jsonOf = (schema: JsonSchema, example?: unknown) => ({
  'application/json': { schema, ...(example === undefined ? {} : { example }) },
})

/** Tables, arrays and forms, which JSON Schema has no words for. */
const OTHER_BODIES = Object.fromEntries(
  [...BODY_TYPES.filter((type) => type !== 'application/json' && !type.startsWith('image/')), 'multipart/form-data'].map((type) => [
    type,
    { schema: {} },
  ]),
)

/** POST of the model's predictions, by its own name. */
export function modelPaths({ model, package: pkg }: Revision): PathItems {
  const name = encodeURIComponent(model)
  const description = pkg.manifest.description ?? ''
  const example = pkg.examples.find(({ file }) => file === undefined)?.request
  const post = (path: string, tag: string, content: { readonly takes: unknown; readonly gives: string }) => ({
    [path]: {
      post: {
        operationId: operationId('post', path),
        tags: [tag],
        summary: `Predict with ${model}${description === '' ? '' : `: ${description}`}`,
        'x-access': 'infer' as const,
        requestBody: { required: true, content: content.takes },
        responses: { 200: { description: 'The answer', content: jsonOf(ref(model, content.gives)) }, default: ERROR_ANSWER },
      },
    },
  })
  const picture = takesPicture(pkg.inputs) ? { 'image/*': { schema: { type: 'string', format: 'binary' } } } : {}
  return {
    ...post(`/api/v1/models/${name}/predict`, 'plain', {
      takes: { ...jsonOf(ref(model, 'PredictRequest')), ...OTHER_BODIES, ...picture },
      gives: 'PredictAnswer',
    }),
    ...post(`/v2/models/${name}/infer`, 'v2', { takes: jsonOf(ref(model, 'InferRequest'), example), gives: 'InferResponse' }),
  }
}

const needed = (inputs: readonly InputInfo[]) => inputs.filter(({ optional }) => optional !== true)

function takesPicture(inputs: readonly InputInfo[]): boolean {
  const [only, second] = needed(inputs)
  return second === undefined && only?.as.kind === 'image'
}

/** Schemas by component name: PredictRequest, PredictAnswer, InferRequest, InferResponse, each after the model's name and a dot. */
export function modelSchemas({ model, package: { inputs, outputs } }: Revision): Readonly<Record<string, JsonSchema>> {
  return {
    [`${model}.PredictRequest`]: predictRequest(inputs),
    [`${model}.PredictAnswer`]: predictAnswer(outputs),
    [`${model}.InferRequest`]: inferRequest(inputs),
    [`${model}.InferResponse`]: {
      type: 'object',
      required: ['model_name', 'outputs'],
      properties: {
        model_name: { const: model },
        model_version: { type: 'string' },
        id: { type: 'string' },
        parameters: { type: 'object' },
        outputs: tensorList(outputs.map(v2TensorSchema), 0),
      },
    },
  }
}

function predictRequest(inputs: readonly InputInfo[]): JsonSchema {
  const named = {
    type: 'object',
    required: needed(inputs).map(({ name }) => name),
    properties: Object.fromEntries(inputs.map((input) => [input.name, plainInputSchema(input)])),
    additionalProperties: false,
  }
  return { type: 'object', required: ['inputs'], properties: { inputs: named } }
}

function predictAnswer(outputs: readonly OutputInfo[]): JsonSchema {
  const label = {
    type: 'object',
    required: ['label', 'score'],
    properties: { label: { type: 'string' }, score: { type: 'number' } },
  }
  const scored = outputs.filter(({ as }) => as.kind === 'scores').map(({ name }) => name)
  const labels = {
    type: 'object',
    description: 'For each row its labels, best first',
    properties: Object.fromEntries(scored.map((name) => [name, { type: 'array', items: { type: 'array', items: label } }])),
  }
  return {
    type: 'object',
    required: ['model', 'version', 'outputs', 'timing', 'batchRows'],
    properties: {
      model: { type: 'string' },
      version: { type: 'string' },
      outputs: { type: 'object', properties: Object.fromEntries(outputs.map((output) => [output.name, nestedSchema(output)])) },
      ...(scored.length === 0 ? {} : { labels }),
      timing: { type: 'object', description: 'Milliseconds by phase', additionalProperties: { type: 'number' } },
      batchRows: { type: 'integer', minimum: 1, description: 'Rows of the run that this request was part of' },
    },
  }
}

function inferRequest(inputs: readonly InputInfo[]): JsonSchema {
  return {
    type: 'object',
    required: ['inputs'],
    properties: {
      id: { type: 'string' },
      parameters: { type: 'object' },
      inputs: tensorList(inputs.map(v2TensorSchema), needed(inputs).length),
      outputs: { type: 'array', items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } },
    },
  }
}

const tensorList = (kinds: readonly JsonSchema[], minItems: number): JsonSchema =>
  kinds.length === 0
    ? { type: 'array', maxItems: 0 }
    : { type: 'array', minItems, maxItems: kinds.length, items: kinds.length === 1 ? kinds[0] : { oneOf: kinds } }
