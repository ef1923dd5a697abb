/** Azure Machine Learning's online endpoints. Source: microsoft/azureml-inference-server, routes.py and swagger.py. */
import { type InferRequest, type JsonObject, type JsonValue, parseJson, quoted, ServeError } from '@slipway/protocol'
import { json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { azureSwagger } from './azure-swagger.ts'
import { frameRows } from './bodies/frame-rows.ts'
import { readJsonObject, rowsUnder } from './bodies/json-body.ts'
import { outputRows } from './bodies/output-rows.ts'
import { columnsToInputs, rowsToInputs } from './bodies/rows.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'

/** Requests name no model. */
export function createAzure(deps: DialectDeps): Dialect {
  const score = (method: Route['method']): Route => ({
    method,
    path: '/score',
    access: 'infer',
    handle: (call) => traced(call, () => predict(deps, call)),
    problem: messageJson,
  })
  return {
    name: 'azure',
    routes: [
      score('POST'),
      score('GET'),
      {
        method: 'GET',
        path: '/swagger.json',
        access: 'infer',
        handle: (call) => traced(call, () => swagger(deps, call)),
        problem: messageJson,
      },
    ],
  }
}

const LONGEST_MESSAGE = 2000

/** `{"message": "…"}`, with the header that tells a model's failure from a request's. */
function messageJson(error: ServeError): HttpResponse {
  const message = error.message.length > LONGEST_MESSAGE ? `${error.message.slice(0, LONGEST_MESSAGE)}…` : error.message
  const response = json({ message }, error.status)
  return error.status < 500 ? response : { ...response, headers: { ...response.headers, 'x-ms-run-function-failed': 'True' } }
}

const LONGEST_ID = 100

/** Gives the caller's own ids back, with errors too; `x-request-id` is given back for every dialect. */
async function traced(call: Call, answer: () => Promise<HttpResponse> | HttpResponse): Promise<HttpResponse> {
  const legacy = call.header('x-ms-request-id')
  const client = call.header('x-ms-client-request-id') ?? legacy
  if (Math.max(legacy?.length ?? 0, client?.length ?? 0) > LONGEST_ID)
    return json({ message: `x-ms-request-id and x-ms-client-request-id must not exceed ${LONGEST_ID} characters` }, 431)
  const ids = {
    'x-ms-request-id': legacy ?? client ?? call.requestId,
    ...(client === undefined ? {} : { 'x-ms-client-request-id': client }),
  }
  const response = await answered(answer)
  return { ...response, headers: { ...response.headers, ...ids } }
}

/** What is not the caller's doing goes on to the log and to `problem`. */
async function answered(answer: () => Promise<HttpResponse> | HttpResponse): Promise<HttpResponse> {
  try {
    return await answer()
  } catch (error) {
    if (error instanceof ServeError && error.code !== 'INTERNAL') return messageJson(error)
    throw error
  }
}

function swagger({ dataPlane }: DialectDeps, call: Call): HttpResponse {
  const asked = call.query.get('version') ?? '2'
  const document = azureSwagger(dataPlane.revision(dataPlane.defaultModel(), undefined), asked)
  if (document !== undefined) return json(document)
  throw new ServeError('NOT_FOUND', `there is no swagger of version ${quoted(asked)}; ask for version=2, 3 or 3.1`)
}

async function predict(deps: DialectDeps, call: Call): Promise<HttpResponse> {
  const startedAt = deps.clock.monotonic()
  const response = await answerInference(deps, call, {
    dialect: 'azure',
    model: deps.dataPlane.defaultModel(),
    version: undefined,
    decode: (revision) => decode(call, revision),
    encode: ({ outputs }, key) => {
      const rows = `[${outputRows(outputs).join(',')}]`
      return { status: 200, headers: { 'content-type': 'application/json' }, body: key === 'Inputs' ? `{"Results":${rows}}` : rows }
    },
  })
  const elapsed = { 'x-ms-run-fn-exec-ms': (deps.clock.monotonic() - startedAt).toFixed(3), 'x-ms-run-function-failed': 'False' }
  return { ...response, headers: { ...response.headers, ...elapsed } }
}

/** The three conventions: of entry scripts, of models without code (MLflow), of automated ML. */
const KEYS = ['data', 'input_data', 'Inputs'] as const
type Key = (typeof KEYS)[number]
const EXAMPLE = '{"data": [row, …]}, {"input_data": …} or {"Inputs": …}'

function decode(call: Call, revision: Revision): { request: InferRequest; decoded: Key } {
  const body = call.method === 'POST' ? readJsonObject(call, EXAMPLE) : queryObject(call.query)
  const given = KEYS.filter((key) => body.has(key))
  const [key] = given
  if (key === undefined || given.length > 1) {
    const found = given.length === 0 ? 'none' : given.map(quoted).join(' and ')
    throw new ServeError('INVALID_ARGUMENT', `the body must have one of ${KEYS.map(quoted).join(', ')}, found ${found}; send ${EXAMPLE}`)
  }
  return { request: { model: revision.model, inputs: inputsOf(revision, body.get(key) as JsonValue, key) }, decoded: key }
}

/** GET: each argument is JSON. */
function queryObject(query: URLSearchParams): JsonObject {
  return new Map([...query].map(([name, text]) => [name, parseJson(Buffer.from(text))]))
}

/** Rows; a data frame `{columns, index?, data}`; or whole inputs by name. */
function inputsOf(revision: Revision, value: JsonValue, key: Key): InferRequest['inputs'] {
  if (!(value instanceof Map)) return rowsToInputs(revision, rowsUnder(key, value))
  const map = value as JsonObject
  const [columns, data] = [map.get('columns'), map.get('data')]
  if (Array.isArray(columns) && Array.isArray(data)) return rowsToInputs(revision, frameRows(revision, columns, data))
  // Automated ML has its rows one level below, under a name that its own code chose.
  const [only] = map.values()
  if (key === 'Inputs' && map.size === 1 && Array.isArray(only) && !revision.package.inputs.some(({ name }) => map.has(name)))
    return rowsToInputs(revision, only)
  return columnsToInputs(revision, map)
}
