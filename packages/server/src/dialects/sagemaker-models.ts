/** SageMaker's API of a container that holds many models. Source: docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html. */
import { type JsonValue, parseJson, quoted, ServeError } from '@slipway/protocol'
import { errorJson, json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { ModelControl } from '../serving/control.ts'
import type { DialectDeps } from './dialect.ts'

export interface MultiModelDeps extends DialectDeps {
  readonly control: ModelControl
  invoke(call: Call, model: string): Promise<HttpResponse>
}

interface ModelPage {
  readonly models: readonly { readonly modelName: string; readonly modelUrl: string }[]
  readonly nextPageToken?: string
}

const PAGE = 100

/** Models come and go as SageMaker says; where each lies is remembered as SageMaker wrote it. */
export function multiModelRoutes(deps: MultiModelDeps): readonly Route[] {
  const urls = new Map<string, string>()
  const route = (method: Route['method'], path: string, access: Route['access'], handle: Route['handle']): Route => ({
    method,
    path,
    access,
    handle,
    problem: modelProblem,
  })
  return [
    route('POST', '/models', 'admin', (call) => load(deps, call, urls)),
    route('GET', '/models', 'admin', (call) => json(page(loaded(deps, urls), call.query.get('next_page_token')))),
    // In a browser the path is the model's page.
    { ...route('GET', '/models/:model', 'admin', (call) => json(found(deps, call, urls))), claims: (call) => !isBrowser(call) },
    route('DELETE', '/models/:model', 'admin', (call) => unload(deps, call, urls)),
    route('POST', '/models/:model/invoke', 'infer', (call) => deps.invoke(call, call.params.model as string)),
  ]
}

const isBrowser = (call: Call): boolean => call.header('accept')?.includes('text/html') === true

/** SageMaker makes room and tries again when it is told 507; 409 tells it that the model is there. */
function modelProblem(error: ServeError): HttpResponse {
  const response = errorJson(error)
  return error.code === 'RESOURCE_EXHAUSTED' ? { ...response, status: 507 } : response
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

async function load({ dataPlane, control }: MultiModelDeps, call: Call, urls: Map<string, string>): Promise<HttpResponse> {
  const body = parseJson(call.body)
  const [name, url] = [textOf(body, 'model_name'), textOf(body, 'url')]
  if (!NAME.test(name)) throw new ServeError('INVALID_ARGUMENT', `model_name ${quoted(name)} must be letters, digits, ".", "_" and "-"`)
  if (dataPlane.table.has(name) || urls.has(name))
    throw new ServeError('ALREADY_EXISTS', `model ${quoted(name)} is loaded already; delete it first to load it anew`)
  // Taken before it is opened, so that of two calls at once one is told 409.
  urls.set(name, url)
  try {
    await control.load(name, url)
  } catch (error) {
    urls.delete(name)
    // What failed to open is forgotten, so that the name is free.
    await control.unload(name).catch(() => undefined)
    throw error
  }
  return json({ modelName: name, modelUrl: url })
}

function textOf(body: JsonValue, key: string): string {
  const value = body instanceof Map ? (body as ReadonlyMap<string, JsonValue>).get(key) : undefined
  if (typeof value === 'string' && value !== '') return value
  throw new ServeError('INVALID_ARGUMENT', `the body has no text ${quoted(key)}; send {"model_name": "…", "url": "/opt/ml/models/…/model"}`)
}

/** By name; a model that was there at start has the place that SageMaker would have given it. */
function loaded({ dataPlane }: MultiModelDeps, urls: ReadonlyMap<string, string>): ModelPage['models'] {
  return [...dataPlane.table.keys()]
    .sort()
    .map((modelName) => ({ modelName, modelUrl: urls.get(modelName) ?? `/opt/ml/models/${modelName}/model` }))
}

/** The token is the last name of the page before. */
function page(models: ModelPage['models'], after: string | null): ModelPage {
  const rest = after === null ? models : models.filter(({ modelName }) => modelName > after)
  const shown = rest.slice(0, PAGE)
  const last = shown.at(-1)
  return last !== undefined && rest.length > PAGE ? { models: shown, nextPageToken: last.modelName } : { models: shown }
}

function found(deps: MultiModelDeps, call: Call, urls: ReadonlyMap<string, string>): ModelPage['models'][number] {
  const name = call.params.model as string
  const one = loaded(deps, urls).find(({ modelName }) => modelName === name)
  if (one !== undefined) return one
  throw new ServeError('NOT_FOUND', `there is no model ${quoted(name)} here; POST /models loads it`)
}

/** Answers once the model's memory is free. */
async function unload(deps: MultiModelDeps, call: Call, urls: Map<string, string>): Promise<HttpResponse> {
  const { modelName } = found(deps, call, urls)
  await deps.control.unload(modelName)
  urls.delete(modelName)
  return json({ modelName })
}
