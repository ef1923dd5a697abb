/**
 * Truss's HTTP API, for models that are Trusses: any JSON value in, whatever JSON the model answers out. Source: basetenlabs/truss
 * truss/templates/server/truss_server.py. A Truss serves one model and calls it `model`, so that name is the default model's here, unless a
 * model bears it. By its own name it is asked on the same route as TensorFlow Serving's, which keeps what no Truss claims.
 */
import { quoted, ServeError, tensor } from '@slipway/protocol'
import { errorJson, json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'

const MODEL = '/v1/models/:model([^:]+)'
/** What a Truss calls its model, whatever its name. */
const ANY_NAME = 'model'

export function createTruss(deps: DialectDeps): Dialect {
  const route = (method: Route['method'], path: string, handle: Route['handle']): Route => ({
    method,
    path,
    access: 'infer',
    handle,
    problem: errorJson,
  })
  const claims = ({ params }: Call) => isTruss(deps, modelOf(deps, params.model as string))
  // Only by the name that no model bears: TensorFlow Serving and KServe tell of the others.
  const claimsAlias = ({ params }: Call) => !deps.dataPlane.table.has(ANY_NAME) && isTruss(deps, aliased(deps, params.model as string))
  return {
    name: 'truss',
    routes: [
      { ...route('POST', `${MODEL}::predict`, (call) => predict(deps, call, modelOf(deps, call.params.model as string))), claims },
      route('POST', '/production/predict', (call) => predict(deps, call, deps.dataPlane.defaultModel())),
      { ...route('GET', MODEL, () => json({})), claims: claimsAlias },
      route('GET', `/v1/models/${ANY_NAME}/loaded`, () => {
        if (isTruss(deps, aliased(deps, ANY_NAME))) return json({})
        throw new ServeError('NOT_FOUND', 'the default model is no Truss, or is not loaded')
      }),
    ],
  }
}

/** The default model's name for Truss's own one; undefined where there is no default. */
function aliased({ dataPlane }: DialectDeps, name: string): string | undefined {
  if (name !== ANY_NAME) return undefined
  try {
    return dataPlane.defaultModel()
  } catch {
    return undefined
  }
}

const modelOf = (deps: DialectDeps, name: string): string => (deps.dataPlane.table.has(name) ? name : (aliased(deps, name) ?? name))

/** One whole JSON value as one text, and the answer likewise: a Truss whose manifest gives it tensors is asked like any other model. */
function takesJson({ package: { python, facts } }: Revision): boolean {
  const { inputs, outputs } = facts.signature
  const [input, another] = inputs
  const [output, further] = outputs
  return (
    python?.packager === 'truss' && input?.name === 'input' && output?.name === 'output' && another === undefined && further === undefined
  )
}

function isTruss({ dataPlane }: DialectDeps, model: string | undefined): boolean {
  const endpoint = model === undefined ? undefined : dataPlane.table.get(model)
  return endpoint !== undefined && takesJson(endpoint.serving)
}

function predict(deps: DialectDeps, call: Call, model: string): Promise<HttpResponse> {
  return answerInference(deps, call, {
    dialect: 'truss',
    model,
    version: undefined,
    decode: (revision) => {
      if (!takesJson(revision)) throw new ServeError('INVALID_ARGUMENT', `model ${quoted(model)} is no Truss; ask it by its own name`)
      // The worker reads it: what is JSON to Python, NaN for one, is not always so elsewhere.
      return { request: { model, inputs: new Map([['input', tensor('BYTES', [1], [call.body])]]) }, decoded: undefined }
    },
    encode: ({ outputs }) => {
      const [answer] = (outputs.get('output')?.data ?? []) as readonly Uint8Array[]
      if (answer === undefined) throw new ServeError('INTERNAL', `model ${quoted(model)} answered nothing`)
      return { status: 200, headers: { 'content-type': 'application/json' }, body: answer }
    },
  })
}
