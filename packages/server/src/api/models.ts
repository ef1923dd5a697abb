/** GET /api/v1/server, /models, /models/{model}, its examples: what the web UI and the client read. */
import { type ExampleInfo, type ModelInfo, type PythonInfo, quoted, ServeError, type ServerInfo } from '@slipway/protocol'
import { errorJson, json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Example } from '../models/examples.ts'
import type { PythonFacts } from '../models/facts.ts'
import type { Reconciler } from '../rollouts/reconcile.ts'
import type { DataPlane } from '../serving/data-plane.ts'

export interface ModelsApiDeps {
  readonly dataPlane: DataPlane
  readonly reconciler: Pick<Reconciler, 'models' | 'versions'>
  readonly server: Omit<ServerInfo, 'models'>
}

export function modelRoutes(deps: ModelsApiDeps): readonly Route[] {
  const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, access: 'admin', handle, problem: errorJson })
  const all = () => deps.reconciler.models().map((name) => modelInfo(deps, name))
  return [
    get('/api/v1/server', () => json({ ...deps.server, models: all() } satisfies ServerInfo)),
    get('/api/v1/models', () => json({ models: all() })),
    get('/api/v1/models/:model', (call) => json(modelInfo(deps, known(deps, call)))),
    get('/api/v1/models/:model/examples', (call) =>
      json({ examples: examplesOf(deps, call).map((example) => exampleInfo(known(deps, call), example)) }),
    ),
    get('/api/v1/models/:model/examples/:example/file', (call) => exampleFile(deps, call)),
  ]
}

function known({ reconciler }: ModelsApiDeps, call: Call): string {
  const name = call.params.model as string
  if (reconciler.models().includes(name)) return name
  throw new ServeError('NOT_FOUND', `there is no model ${quoted(name)}; GET /api/v1/models lists them`)
}

const NOTHING_YET = {
  requests: 0,
  failures: 0,
  rows: 0,
  runs: 0,
  perSecond: 0,
  latency: { count: 0, p50: 0, p99: 0 },
  phases: {},
  queueRows: 0,
  batchRows: [],
}

/** A model of which no version could be opened is shown, too, with the reason. */
function modelInfo({ dataPlane, reconciler }: ModelsApiDeps, name: string): ModelInfo {
  const versions = reconciler.versions(name)
  const serving = dataPlane.table.get(name)?.serving
  if (serving === undefined) {
    return {
      name,
      versions,
      task: 'raw',
      description: '',
      inputs: [],
      outputs: [],
      metrics: {},
      batching: { on: false, maxRows: 1, why: 'no version is loaded', learned: [] },
      plan: { replicas: 0, threads: 0, isolation: 'process', why: 'no version is loaded' },
      rewrites: [],
      stats: { ...NOTHING_YET, replicas: { ready: 0, wanted: 0, crashes: 0, killed: 0 } },
    }
  }
  const { package: pkg, plan, execution, settings, batching, metrics, cache } = serving
  return {
    name,
    serving: serving.version,
    versions,
    task: pkg.task,
    description: pkg.manifest.description ?? '',
    inputs: pkg.inputs,
    outputs: pkg.outputs,
    metrics: pkg.manifest.metrics ?? {},
    batching: { on: batching.on, maxRows: batching.maxRows, why: batching.why, learned: batching.learned() },
    plan: {
      replicas: plan.replicas,
      threads: plan.threads,
      isolation: settings.replicas.isolation,
      why: plan.why,
      provider: execution.provider,
      ...(execution.fallback === undefined ? {} : { fallback: execution.fallback }),
    },
    rewrites: pkg.facts.rewrites,
    ...(pkg.python === undefined ? {} : { python: pythonInfo(pkg.python) }),
    ...(cache === undefined ? {} : { cache: cache.info() }),
    stats: metrics.stats(),
  }
}

function pythonInfo({ packager, entry, environment, from }: PythonFacts): PythonInfo {
  const { id, pythonVersion, source } = environment
  return { packager, entry, environment: { id, pythonVersion, source }, signatureFrom: from }
}

function examplesOf({ dataPlane }: ModelsApiDeps, call: Call): readonly Example[] {
  return dataPlane.table.get(call.params.model as string)?.serving.package.examples ?? []
}

function exampleInfo(model: string, { name, request, file, response, tolerance }: Example): ExampleInfo {
  const url = `/api/v1/models/${encodeURIComponent(model)}/examples/${encodeURIComponent(name)}/file`
  return {
    name,
    request,
    tolerance,
    ...(file === undefined ? {} : { file: { url, contentType: file.contentType } }),
    ...(response === undefined ? {} : { response }),
  }
}

function exampleFile(deps: ModelsApiDeps, call: Call): HttpResponse {
  const found = examplesOf(deps, call).find(({ name }) => name === call.params.example)
  if (found?.file === undefined)
    throw new ServeError('NOT_FOUND', `model ${quoted(known(deps, call))} has no example ${quoted(call.params.example)} with a file`)
  return { status: 200, headers: { 'content-type': found.file.contentType, 'x-content-type-options': 'nosniff' }, body: found.file.bytes }
}
