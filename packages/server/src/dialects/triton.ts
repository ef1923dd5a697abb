/**
 * What Triton adds to V2 over REST: configuration, statistics, and loading and unloading by name. Source: triton-inference-server/server
 * docs/protocol/extension_*.md. Classification, timeout and priority are layers, so every dialect that hands parameters on has them.
 */
import { type JsonValue, parseJson, ServeError } from '@slipway/protocol'
import { errorJson, json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { ModelControl } from '../serving/control.ts'
import { refuseOverrides } from './about/load-override.ts'
import { modelConfig } from './about/model-config.ts'
import { modelStatistics } from './about/model-statistics.ts'
import { repositoryIndex } from './about/repository-index.ts'
import type { Dialect, DialectDeps } from './dialect.ts'

export interface TritonDeps extends Pick<DialectDeps, 'dataPlane'> {
  readonly control: ModelControl
}

export function createTriton({ dataPlane, control }: TritonDeps): Dialect {
  const route = (method: Route['method'], path: string, access: Route['access'], handle: Route['handle']): Route => ({
    method,
    path,
    access,
    handle,
    problem: errorJson,
  })
  const get = (path: string, handle: Route['handle']) => route('GET', path, 'infer', handle)
  const config: Route['handle'] = ({ params }) => json(modelConfig(dataPlane.revision(params.model as string, params.version)))
  const statistics: Route['handle'] = ({ params }) => json(modelStatistics(dataPlane, params.model, params.version))
  const absent = (methods: readonly Route['method'][], path: string, what: string) =>
    methods.map((method) => route(method, path, 'admin', () => notOffered(what)))
  return {
    name: 'triton',
    routes: [
      get('/v2/models/:model/config', config),
      get('/v2/models/:model/versions/:version/config', config),
      get('/v2/models/stats', statistics),
      get('/v2/models/:model/stats', statistics),
      get('/v2/models/:model/versions/:version/stats', statistics),
      route('POST', '/v2/repository/index', 'admin', (call) => json(repositoryIndex(control, shown(call)))),
      route('POST', '/v2/repository/models/:model/load', 'admin', (call) => load(control, call)),
      route('POST', '/v2/repository/models/:model/unload', 'admin', (call) => unload(control, call)),
      ...absent(BOTH, '/v2/trace/setting', TRACE),
      ...absent(BOTH, '/v2/models/:model/trace/setting', TRACE),
      ...absent(BOTH, '/v2/logging', 'its log is set when it starts: see log.level and --log-level'),
      ...absent(BOTH, '/v2/systemsharedmemory/*', MEMORY),
      ...absent(BOTH, '/v2/cudasharedmemory/*', MEMORY),
    ],
  }
}

const BOTH = ['GET', 'POST'] as const
const TRACE = 'every answer carries its timing in the header server-timing, and /metrics has the rest'
const MEMORY = 'it may stand on another machine than its callers: send tensors as binary data'

function notOffered(instead: string): never {
  throw new ServeError('UNIMPLEMENTED', `this server does not offer that; ${instead}`)
}

type Members = ReadonlyMap<string, JsonValue>

/** The body's members; an empty body has none. */
function membersOf({ body }: Call): Members {
  const value = body.byteLength === 0 ? new Map() : parseJson(body)
  return asObject(value, 'the body')
}

function asObject(value: JsonValue, what: string): Members {
  if (value instanceof Map) return value as Members
  throw new ServeError('INVALID_ARGUMENT', `${what} must be a JSON object, or be left out`)
}

function shown(call: Call): 'all' | 'ready' {
  const ready = membersOf(call).get('ready') ?? false
  if (typeof ready !== 'boolean') throw new ServeError('INVALID_ARGUMENT', '"ready" must be true or false')
  return ready ? 'ready' : 'all'
}

const parametersOf = (call: Call): Members => asObject(membersOf(call).get('parameters') ?? new Map(), '"parameters"')

const DONE: HttpResponse = { status: 200, headers: {}, body: '' }

async function load(control: ModelControl, call: Call): Promise<HttpResponse> {
  refuseOverrides(parametersOf(call).keys())
  await control.load(call.params.model as string)
  return DONE
}

/** `unload_dependents` is taken as said: no model here is part of another. */
async function unload(control: ModelControl, call: Call): Promise<HttpResponse> {
  const dependents = parametersOf(call).get('unload_dependents') ?? false
  if (typeof dependents !== 'boolean') throw new ServeError('INVALID_ARGUMENT', 'parameter "unload_dependents" must be true or false')
  await control.unload(call.params.model as string)
  return DONE
}
