/** MLflow's scoring server. Source: mlflow/pyfunc/scoring_server. */
import {
  type ErrorCode,
  type JsonObject,
  type JsonValue,
  nestedJson,
  objectKeys,
  parseJson,
  quoted,
  ServeError,
  type Tensors,
} from '@slipway/protocol'
import { json, text } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { ModelPackage } from '../models/package.ts'
import type { Revision } from '../serving/revision.ts'
import { isJsonBody, unwrapped } from './bodies/body-inputs.ts'
import { columnsToInputs, rowsToInputs } from './bodies/rows.ts'
import { isTable, tableToInputs } from './bodies/table.ts'
import type { Dialect, DialectDeps } from './dialect.ts'
import { invoke, type JsonInvocation, MLFLOW_KEYS, readsBodies } from './invocations.ts'

export interface MlflowDeps extends DialectDeps {
  /** What /version tells. */
  readonly version: string
  /** True once every model found at start was opened or refused. */
  ready(): boolean
}

/** Requests name no model. */
export function createMlflow(deps: MlflowDeps): Dialect {
  const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, access: 'public', handle, problem: codedError })
  return {
    name: 'mlflow',
    routes: [
      get('/health', () => health(deps)),
      get('/version', () => text(deps.version)),
      {
        method: 'POST',
        path: '/invocations',
        access: 'infer',
        claims: (call) => isJsonBody(call) && !readsBodies(defaultPackage(deps)) && objectKeys(call.body).some(isMlflowKey),
        handle: (call) =>
          invoke(deps, call, { dialect: 'mlflow', model: deps.dataPlane.defaultModel(), readJson: (revision) => readJson(call, revision) }),
        problem: codedError,
      },
    ],
  }
}

/** Undefined where there is no default model, which the route itself says. */
function defaultPackage({ dataPlane }: MlflowDeps): ModelPackage | undefined {
  try {
    return dataPlane.table.get(dataPlane.defaultModel())?.serving.package
  } catch {
    return undefined
  }
}

function health({ dataPlane, ready }: MlflowDeps): HttpResponse {
  if (ready() && dataPlane.table.size > 0) return text('\n')
  throw new ServeError('UNAVAILABLE', ready() ? 'no model is loaded; the log of the server says why' : 'the models are being opened')
}

const isMlflowKey = (key: string): boolean => (MLFLOW_KEYS as readonly string[]).includes(key)

const EXAMPLE = '{"dataframe_split": {"columns": […], "data": [[…]]}}, {"dataframe_records": [{…}]}, {"instances": […]} or {"inputs": …}'

/** Rows in, rows out; whole tensors in (`inputs`), whole tensors out. */
function readJson(call: Call, revision: Revision): JsonInvocation {
  const body = parseJson(call.body)
  const given = body instanceof Map ? [...(body as JsonObject).keys()].filter(isMlflowKey) : []
  const [key] = given
  if (key === undefined || given.length > 1)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `the body must be a JSON object with exactly one of ${MLFLOW_KEYS.map(quoted).join(', ')}; send ${EXAMPLE}`,
    )
  const value = (body as JsonObject).get(key) as JsonValue
  if (key === 'inputs') return { inputs: columnsToInputs(revision, value), predictions: wholeOutputs }
  if (key === 'dataframe_split') return { inputs: splitInputs(revision, value) }
  if (!Array.isArray(value)) throw new ServeError('INVALID_ARGUMENT', `${quoted(key)} must be an array with one element for each row`)
  if (key === 'dataframe_records') return { inputs: recordInputs(revision, value) }
  return {
    inputs: rowsToInputs(
      revision,
      value.map((row) => unwrapped(revision, row)),
    ),
  }
}

const wholeOutputs = (outputs: Tensors): string => {
  const [only] = outputs.values()
  if (only !== undefined && outputs.size === 1) return nestedJson(only)
  return `{${[...outputs].map(([name, value]) => `${JSON.stringify(name)}:${nestedJson(value)}`).join(',')}}`
}

/** `{"columns": […], "index"?: […], "data": [[…]]}`, as pandas writes with orient='split'. */
function splitInputs(revision: Revision, value: JsonValue): Tensors {
  const frame: JsonObject = value instanceof Map ? value : new Map()
  const [columns, data] = [frame.get('columns'), frame.get('data')]
  if ((columns !== undefined && !Array.isArray(columns)) || !Array.isArray(data))
    throw new ServeError(
      'INVALID_ARGUMENT',
      '"dataframe_split" must be an object with "data", an array of rows, and "columns", their names',
    )
  return frameInputs(revision, data, columns?.map(String))
}

/** `[{column: value}]`; every record has the columns of the first. */
function recordInputs(revision: Revision, records: readonly JsonValue[]): Tensors {
  const [first] = records
  const columns = first instanceof Map ? [...(first as JsonObject).keys()] : []
  const rows = records.map((record, index) => {
    if (record instanceof Map && record.size === columns.length && columns.every((column) => record.has(column)))
      return columns.map((column) => (record as JsonObject).get(column) as JsonValue)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `record ${index} must be an object with the columns of the first: ${columns.slice(0, 20).map(quoted).join(', ')}`,
    )
  })
  return frameInputs(revision, rows, columns)
}

/** A table by its columns; where a column is a whole input with dimensions of its own, row by row. */
function frameInputs(revision: Revision, rows: readonly JsonValue[], columns: readonly string[] | undefined): Tensors {
  const table = rows.map((row, index) => {
    if (Array.isArray(row) && (columns === undefined || row.length === columns.length)) return row as readonly JsonValue[]
    throw new ServeError('INVALID_ARGUMENT', `row ${index} must be an array with a value for each of the ${columns?.length ?? 0} columns`)
  })
  const { inputs } = revision.package
  if (columns === undefined) return tableToInputs(inputs, { rows: table })
  if (isTable(inputs) && !(inputs.length === 1 && columns.length === 1 && columns[0] === inputs[0]?.name))
    return tableToInputs(inputs, { header: columns, rows: table })
  return rowsToInputs(
    revision,
    table.map((row) => new Map(columns.map((column, at) => [column, row[at] as JsonValue]))),
  )
}

/** MLflow's words where they are not ours. */
const CODES: Readonly<Partial<Record<ErrorCode, string>>> = {
  INVALID_ARGUMENT: 'INVALID_PARAMETER_VALUE',
  FAILED_PRECONDITION: 'INVALID_STATE',
  METHOD_NOT_ALLOWED: 'BAD_REQUEST',
  NOT_ACCEPTABLE: 'BAD_REQUEST',
  PAYLOAD_TOO_LARGE: 'BAD_REQUEST',
  UNSUPPORTED_MEDIA_TYPE: 'BAD_REQUEST',
  NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST',
  ALREADY_EXISTS: 'RESOURCE_ALREADY_EXISTS',
  INTERNAL: 'INTERNAL_ERROR',
  UNIMPLEMENTED: 'NOT_IMPLEMENTED',
  UNAVAILABLE: 'TEMPORARILY_UNAVAILABLE',
}
const LONGEST_MESSAGE = 2000

/** `{"error_code": "INVALID_PARAMETER_VALUE", "message": "…"}` */
function codedError({ code, status, message }: ServeError): HttpResponse {
  return json({ error_code: CODES[code] ?? code, message: message.slice(0, LONGEST_MESSAGE) }, status)
}
