/** What /swagger.json says of /score, made from the signature of the model that answers it. */
import type { InputInfo } from '@slipway/protocol'
import type { Revision } from '../serving/revision.ts'

type Json = Readonly<Record<string, unknown>>

/** The document in Swagger 2.0 or OpenAPI 3.0 or 3.1; undefined for a version that is none of them. */
export function azureSwagger(revision: Revision, version: string): Json | undefined {
  if (version === '2') return swagger2(revision)
  if (version === '3') return openapi(revision, '3.0.3')
  return version === '3.1' ? openapi(revision, '3.1.0') : undefined
}

const info = ({ model, version }: Revision) => ({ title: model, version, description: `Scores rows with the model ${model}.` })
const OPERATION = { operationId: 'score', summary: 'One answer for each row' }
const ERROR = { type: 'object', required: ['message'], properties: { message: { type: 'string' } } }
const ANSWER = { type: 'array', description: 'One element for each row', items: {} }

function swagger2(revision: Revision): Json {
  const schema = requestSchema(revision.package.inputs)
  const responses = {
    200: { description: 'The answers', schema: ANSWER },
    default: { description: 'What was wrong', schema: ERROR },
  }
  const parameters = [{ name: 'body', in: 'body', required: true, schema }]
  const paths = { '/score': { post: { ...OPERATION, consumes: [JSON_TYPE], produces: [JSON_TYPE], parameters, responses } } }
  return { swagger: '2.0', info: info(revision), consumes: [JSON_TYPE], produces: [JSON_TYPE], paths }
}

function openapi(revision: Revision, version: string): Json {
  const content = (schema: Json) => ({ content: { [JSON_TYPE]: { schema } } })
  const responses = {
    200: { description: 'The answers', ...content(ANSWER) },
    default: { description: 'What was wrong', ...content(ERROR) },
  }
  const requestBody = { required: true, ...content(requestSchema(revision.package.inputs)) }
  return { openapi: version, info: info(revision), paths: { '/score': { post: { ...OPERATION, requestBody, responses } } } }
}

const JSON_TYPE = 'application/json'

/** `{"data": rows}`: a row is the value of the only input, or an object of all inputs by name. */
function requestSchema(inputs: readonly InputInfo[]): Json {
  const [first] = inputs
  const row =
    first !== undefined && inputs.length === 1
      ? rowSchema(first)
      : {
          type: 'object',
          required: inputs.filter(({ optional }) => optional !== true).map(({ name }) => name),
          properties: Object.fromEntries(inputs.map((input) => [input.name, rowSchema(input)])),
        }
  return { type: 'object', required: ['data'], properties: { data: { type: 'array', items: row } } }
}

function rowSchema({ datatype, shape, unknownRank }: InputInfo): Json {
  if (unknownRank === true) return {}
  const element: Json =
    datatype === 'BYTES' ? { type: 'string' } : { type: datatype === 'BOOL' ? 'boolean' : /INT/.test(datatype) ? 'integer' : 'number' }
  // From the innermost dimension outwards; the first is the rows.
  return shape.slice(1).reduceRight<Json>((items, size) => {
    const bounds = size < 0 ? {} : { minItems: size, maxItems: size }
    return { type: 'array', items, ...bounds }
  }, element)
}
