/** Settings from the file, the environment and the flags, each stronger than the one before; checked once, then frozen. */
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { nearest } from '../base/nearest.ts'
import { checkSettings, keyText, type Path, readDocument, type SettingsDocument } from './document.ts'
import { flagOf, OPTIONS, type Option, variableOf } from './options.ts'
import { detectPlatform } from './platform.ts'
import { type Config, configSchema, type LoadedConfig, type Origin } from './schema.ts'

export const PROJECT_FILE = 'slipway.yaml'

export interface ConfigSources {
  /** Where slipway.yaml is looked for; the current folder when absent. */
  readonly folder?: string
  /** A file to read in its place, which must exist. */
  readonly path?: string
  /** By the setting's path: `{ 'log.level': 'debug' }`; undefined is as good as absent. */
  readonly flags?: Readonly<Record<string, unknown>>
  /** Given by who starts a server: a platform that runs this process is looked for, and what it expects is stronger than the file. */
  readonly platform?: {
    /** Whether models are named on the command line. */
    readonly named: boolean
    /** Where the platform's folders lie; `/` when absent. */
    readonly root?: string
  }
  /** The process's own when absent. */
  readonly env?: Env
}

const REFUSED: Readonly<Record<string, string>> = Object.fromEntries(
  ['endpoints', 'pipelines', 'batch', 'auth'].map((key) => [key, 'has no effect in this version; remove it']),
)
/** Set by the launcher for itself. */
const NOT_SETTINGS: ReadonlySet<string> = new Set(['SLIPWAY_LAUNCHER'])

/** Throws INVALID_ARGUMENT with one line for each bad value, NOT_FOUND when the file that was named does not exist. */
export async function loadConfig(sources: ConfigSources = {}): Promise<LoadedConfig> {
  const file = await readSettings(sources)
  const given: Given = { tree: file?.document.value ?? {}, origins: new Map() }
  for (const { path } of OPTIONS) given.origins.set(path, valueAt(given.tree, path) === undefined ? 'default' : 'file')
  const env = sources.env ?? process.env
  for (const [path, value] of await platformSettings(sources, env, given)) put(given, path, value, 'platform')
  for (const [path, text] of variables(env)) put(given, path, fromText(optionAt(path), text), 'env')
  for (const [path, value] of Object.entries(sources.flags ?? {})) if (value !== undefined) put(given, optionAt(path).path, value, 'flag')
  const where = (path: Path) => whereFrom(path, given, file?.document)
  const parsed = checkSettings(configSchema, given.tree, { where, refused: REFUSED })
  const project = file === undefined ? process.cwd() : dirname(file.path)
  // What a person types is relative to where they type it.
  const base = (path: string) => (['env', 'flag'].includes(given.origins.get(path) ?? '') ? process.cwd() : project)
  const models = parsed.models.map((path) => resolve(base('models'), path))
  const { url } = parsed.store
  const store = { ...parsed.store, url: url === 'memory:' ? url : resolve(base('store.url'), url) }
  const replicas = { ...parsed.replicas, planFolder: resolve(base('replicas.planFolder'), parsed.replicas.planFolder) }
  const environments = { ...parsed.environments, folder: resolve(base('environments.folder'), parsed.environments.folder) }
  const config: Config = freeze({ ...parsed, models, store, replicas, environments })
  return Object.freeze({ config, origins: given.origins, ...(file === undefined ? {} : { file: file.path }) })
}

type Env = Readonly<Record<string, string | undefined>>

/** Models that are named anywhere are served in place of the platform's folder. */
async function platformSettings({ platform, flags }: ConfigSources, env: Env, given: Given): ReturnType<typeof detectPlatform> {
  if (platform === undefined) return new Map()
  const named =
    platform.named || given.origins.get('models') !== 'default' || env.SLIPWAY_MODELS !== undefined || flags?.models !== undefined
  return detectPlatform({ env, root: platform.root, named })
}

interface Given {
  /** What the file holds, with what is stronger put over it. */
  tree: unknown
  readonly origins: Map<string, Origin>
}

/** Where the libraries of a GPU are looked for, and which GPUs may be seen; workers, which get nothing else of the environment, get these. */
const DEVICE_VARIABLE = /^(?:LD_LIBRARY_PATH$|CUDA_|NVIDIA_|VK_)/

export function deviceVariables(env: Env = process.env): Readonly<Record<string, string>> {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && DEVICE_VARIABLE.test(entry[0]))
  return Object.fromEntries(given)
}

/** What the tools that build Python environments get: where programs and certificates are, proxies, and the settings of pip and uv. PYTHON* and what a virtual environment sets would let the machine's own packages in. */
const TOOL_VARIABLE =
  /^(?:PATH|HOME|USERPROFILE|TMPDIR|TEMP|TMP|LANG|LC_ALL|SYSTEMROOT|APPDATA|LOCALAPPDATA|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(?:HTTPS?|ALL|NO)_PROXY|(?:PIP|UV|XDG)_.*)$/i

export function toolVariables(env: Env = process.env): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && TOOL_VARIABLE.test(entry[0])),
  )
}

async function readSettings(sources: ConfigSources): Promise<{ readonly path: string; readonly document: SettingsDocument } | undefined> {
  const path = resolve(sources.path ?? join(sources.folder ?? '.', PROJECT_FILE))
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (sources.path === undefined && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return undefined
    const missing = cause.code === 'ENOENT' || cause.code === 'ENOTDIR'
    const sentence = missing ? `the settings file ${sources.path} does not exist` : `${path} could not be read: ${cause.message}`
    throw new ServeError(missing ? 'NOT_FOUND' : 'INVALID_ARGUMENT', sentence, { cause })
  })
  return text === undefined ? undefined : { path, document: readDocument(text, sources.path ?? basename(path)) }
}

/** Settings among the variables, as [path, text]. */
function variables(env: Env): readonly (readonly [string, string])[] {
  const known = new Map(OPTIONS.map(({ path }) => [variableOf(path), path]))
  const found: [string, string][] = []
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !name.startsWith('SLIPWAY_') || NOT_SETTINGS.has(name)) continue
    const path = known.get(name)
    if (path === undefined) {
      const meant = nearest(name, known.keys())
      const help = meant === undefined ? '"slipway config" lists them' : `did you mean ${meant}?`
      throw new ServeError('INVALID_ARGUMENT', `the environment variable ${name} is not a setting; ${help}`)
    }
    found.push([path, text])
  }
  return found
}

function optionAt(path: string): Option {
  const option = OPTIONS.find((one) => one.path === path)
  if (option === undefined) throw new ServeError('INTERNAL', `${path} is not a setting`)
  return option
}

/** A variable's text as the value that the setting takes: lists are separated by commas. What fits nothing stays text, and the check refuses it. */
function fromText({ schema }: Option, text: string): unknown {
  const kinds = kindsOf(schema)
  if (kinds.includes('array'))
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  if (kinds.includes('boolean')) return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text
  if ((kinds.includes('integer') || kinds.includes('number')) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  return text
}

function kindsOf(schema: Option['schema']): readonly unknown[] {
  return [schema.type, ...(schema.anyOf ?? []).flatMap((one) => kindsOf(one as Option['schema']))]
}

function valueAt(tree: unknown, path: string): unknown {
  let value = tree
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

function put(given: Given, path: string, value: unknown, origin: Origin): void {
  const set = (tree: unknown, [key, ...rest]: readonly string[]): unknown => {
    if (key === undefined) return value
    // A file that holds no mapping here is wrong; its own value is left for the check to refuse.
    if (tree !== undefined && (typeof tree !== 'object' || tree === null || Array.isArray(tree))) return tree
    const branch = (tree ?? {}) as Readonly<Record<string, unknown>>
    return { ...branch, [key]: set(branch[key], rest) }
  }
  given.tree = set(given.tree, path.split('.'))
  given.origins.set(path, origin)
}

function whereFrom(path: Path, given: Given, document: SettingsDocument | undefined): string {
  const text = keyText(path)
  const option = OPTIONS.find((one) => text === one.path || text.startsWith(`${one.path}[`))
  const origin = option === undefined ? undefined : given.origins.get(option.path)
  if (option !== undefined && origin === 'env') return `environment variable ${variableOf(option.path)}`
  if (option !== undefined && origin === 'flag') return `option ${flagOf(option.path)}`
  return document?.where(path) ?? 'settings'
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) freeze(inner)
  return Object.freeze(value)
}
