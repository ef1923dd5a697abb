/** SageMaker's contract of an inference container. Source: docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html. */
import { type JsonObject, type JsonValue, parseJson, quoted, ServeError, type Tensors } from '@slipway/protocol'
import { errorJson, json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { unwrapped } from './bodies/body-inputs.ts'
import { isOneNamedRow, isOneRow } from './bodies/one-row.ts'
import { columnsToInputs, rowsToInputs } from './bodies/rows.ts'
import type { Dialect, DialectDeps } from './dialect.ts'
import { invoke, MLFLOW_KEYS, predictedRows } from './invocations.ts'
import { type MultiModelDeps, multiModelRoutes } from './sagemaker-models.ts'

export interface SageMakerDeps extends DialectDeps {
  /** True once every model found at start was opened or refused. */
  ready(): boolean
  /** The largest body that is taken, in octets. */
  readonly bodyLimitBytes: number
  /** Set where the multi-model API is served. */
  readonly multiModel?: Pick<MultiModelDeps, 'control'> | undefined
}

/** Requests name no model but in the multi-model API. */
export function createSageMaker(deps: SageMakerDeps): Dialect {
  const { multiModel } = deps
  const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, access: 'public', handle, problem: errorJson })
  return {
    name: 'sagemaker',
    routes: [
      get('/ping', () => ping(deps)),
      get('/execution-parameters', () => json(executionParameters(deps))),
      {
        method: 'POST',
        path: '/invocations',
        access: 'infer',
        handle: (call) => invocation(deps, call, deps.dataPlane.defaultModel()),
        problem: errorJson,
      },
      ...(multiModel === undefined
        ? []
        : multiModelRoutes({ ...deps, control: multiModel.control, invoke: (call, model) => invocation(deps, call, model) })),
    ],
  }
}

/** Only the status counts for SageMaker; the body is the one that TorchServe's clients look for at this path. */
function ping({ dataPlane, ready, multiModel }: SageMakerDeps): HttpResponse {
  if (!ready()) throw new ServeError('UNAVAILABLE', 'the models are being opened; ask again shortly')
  const broken = [...dataPlane.table.values()].map(({ serving }) => serving.broken())
  // A container of many models is healthy before it is given any.
  if (broken.length === 0 && multiModel === undefined)
    throw new ServeError('UNAVAILABLE', 'no model is loaded; the log of the server says why')
  const [first] = broken
  if (first !== undefined && !broken.includes(undefined)) throw new ServeError('UNAVAILABLE', first)
  return json({ status: 'Healthy' })
}

/** Batch transform may hold 100 MB of requests in flight: their number times their size. */
const TRANSFORM_MB = 100
const USUAL_PAYLOAD_MB = 6

function executionParameters({ bodyLimitBytes }: SageMakerDeps): unknown {
  const payload = Math.max(1, Math.min(USUAL_PAYLOAD_MB, Math.floor(bodyLimitBytes / 2 ** 20)))
  return { MaxConcurrentTransforms: Math.floor(TRANSFORM_MB / payload), BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: payload }
}

function invocation(deps: DialectDeps, call: Call, model: string): Promise<HttpResponse> {
  return invoke(deps, call, {
    dialect: 'sagemaker',
    model,
    readJson: (revision) => ({ inputs: jsonInputs(parseJson(call.body), revision), predictions: predictedRows }),
  })
}

/** `{"instances": rows}`, `{"inputs": columns}`, rows, one bare row, `{"features": row}`, or the inputs by name. */
function jsonInputs(value: JsonValue, revision: Revision): Tensors {
  if (!(value instanceof Map)) {
    const rows = isBareRow(revision, value) ? [value] : (value as readonly JsonValue[])
    return rowsToInputs(
      revision,
      rows.map((row) => unwrapped(revision, row)),
    )
  }
  const body = value as JsonObject
  const [instances, inputs] = [body.get('instances'), body.get('inputs')]
  if (instances !== undefined && inputs !== undefined)
    throw new ServeError('INVALID_ARGUMENT', `the body has two of ${MLFLOW_KEYS.map(quoted).join(', ')}; send one of them`)
  if (instances !== undefined) {
    if (!Array.isArray(instances)) throw new ServeError('INVALID_ARGUMENT', '"instances" must be an array with one element for each row')
    return rowsToInputs(
      revision,
      instances.map((row) => unwrapped(revision, row)),
    )
  }
  if (inputs !== undefined) return columnsToInputs(revision, inputs)
  const row = unwrapped(revision, value)
  if (row !== value || isOneNamedRow(revision, body)) return rowsToInputs(revision, [row])
  return columnsToInputs(revision, value)
}

/** A row of several inputs is an array with a value for each. */
function isBareRow({ package: { inputs } }: Revision, value: JsonValue): boolean {
  if (inputs.length === 1 || !Array.isArray(value)) return isOneRow(inputs[0], value)
  return value.every((cell) => !Array.isArray(cell) && !(cell instanceof Map))
}
