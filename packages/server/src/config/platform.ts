/**
 * The platforms that run servers as containers, told by what they leave in the environment and on the disk: what they expect becomes settings.
 * Sources: docs.aws.amazon.com/sagemaker (your-algorithms-inference-code), cloud.google.com/vertex-ai (custom-container-requirements),
 * microsoft/azureml-inference-server.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { quoted, ServeError } from '@slipway/protocol'

export interface PlatformSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the platform's folders lie; `/` but in tests. */
  readonly root?: string | undefined
  /** True when models were named already, on the command line or in the settings; then a folder alone is no marker. */
  readonly named: boolean
}

/** Settings by path, as the platform in front expects them; none where there is no platform. */
export type PlatformSettings = ReadonlyMap<string, unknown>

/** The platform stands in front and checks who calls, so all addresses are bound without keys. */
const OPEN: readonly (readonly [string, unknown])[] = [
  ['host', '0.0.0.0'],
  ['insecure', true],
]

/** Throws INVALID_ARGUMENT, with the variable, for a port or a place that cannot be. */
export async function detectPlatform(sources: PlatformSources): Promise<PlatformSettings> {
  const found = (await sageMaker(sources)) ?? (await vertex(sources)) ?? (await azure(sources))
  return new Map(found === undefined ? [] : [...OPEN, ...found])
}

type Settings = readonly (readonly [string, unknown])[]

async function sageMaker({ env, root = '/', named }: PlatformSources): Promise<Settings | undefined> {
  const folder = join(root, 'opt/ml/model')
  const hasFolder = await isFolder(folder)
  const multiModel = env.SAGEMAKER_MULTI_MODEL?.toLowerCase() === 'true'
  if (env.SAGEMAKER_BIND_TO_PORT === undefined && !multiModel && (named || !hasFolder)) return undefined
  return [
    ['platform.kind', 'sagemaker'],
    ['platform.multiModel', multiModel],
    ['port', portOf(env, 'SAGEMAKER_BIND_TO_PORT') ?? 8080],
    ...modelsAt(folder, hasFolder && !multiModel && !named),
  ]
}

async function vertex({ env, named }: PlatformSources): Promise<Settings | undefined> {
  if (env.AIP_HTTP_PORT === undefined && env.AIP_PREDICT_ROUTE === undefined) return undefined
  const storage = env.AIP_STORAGE_URI ?? ''
  if (!named && /^[a-z][a-z0-9+.-]+:\/\//i.test(storage))
    throw new ServeError(
      'INVALID_ARGUMENT',
      `AIP_STORAGE_URI is ${quoted(storage)}, and models are served from folders only: copy the model into the image and name its path`,
    )
  const { AIP_PREDICT_ROUTE: predictRoute, AIP_HEALTH_ROUTE: healthRoute } = env
  return [
    ['platform.kind', 'vertex'],
    ...(predictRoute === undefined ? [] : [['platform.predictRoute', predictRoute] as const]),
    ...(healthRoute === undefined ? [] : [['platform.healthRoute', healthRoute] as const]),
    ['port', portOf(env, 'AIP_HTTP_PORT') ?? 8080],
    ...modelsAt(storage, storage !== '' && !named),
  ]
}

async function azure({ env, named }: PlatformSources): Promise<Settings | undefined> {
  const folder = env.AZUREML_MODEL_DIR
  if (folder === undefined || folder === '') return undefined
  return [['platform.kind', 'azure'], ['port', 5001], ...modelsAt(folder, !named)]
}

const modelsAt = (folder: string, use: boolean): Settings => (use ? [['models', [folder]]] : [])

function portOf(env: PlatformSources['env'], name: string): number | undefined {
  const text = env[name]
  if (text === undefined) return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new ServeError('INVALID_ARGUMENT', `the environment variable ${name} is ${quoted(text)}; expected a port from 0 to 65535`)
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}
