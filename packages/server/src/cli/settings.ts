/** Which configuration a command works under, and which models that means. */
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { loadConfig, PROJECT_FILE } from '../config/load.ts'
import type { LoadedConfig } from '../config/schema.ts'
import { CommandError, EXIT } from './exit.ts'

export interface SettingsRequest {
  readonly paths: readonly string[]
  /** A settings file named on the command line. */
  readonly config?: string | undefined
  /** Set by the command that serves: the platform that runs it is looked for. */
  readonly starts?: true
  /** By the setting's path. */
  readonly flags?: Readonly<Record<string, unknown>>
}

export interface Settings {
  readonly loaded: LoadedConfig
  /** What to serve: the paths given, or what the project names; absolute. Empty when there is neither. */
  readonly paths: readonly string[]
}

/** A single path that is a project brings its own configuration; other paths are served under that of the current folder. */
export async function loadSettings({ paths, config, starts, flags = {} }: SettingsRequest): Promise<Settings> {
  const [first] = paths
  const project = paths.length === 1 && first !== undefined && (await isFile(join(first, PROJECT_FILE))) ? first : undefined
  try {
    const loaded = await loadConfig({
      flags,
      ...(starts === undefined ? {} : { platform: { named: paths.length > 0 } }),
      ...(config === undefined ? {} : { path: config }),
      ...(project === undefined ? {} : { folder: project }),
    })
    return { loaded, paths: project === undefined && paths.length > 0 ? paths.map((path) => resolve(path)) : projectPaths(loaded, project) }
  } catch (error) {
    if (error instanceof ServeError && error.code === 'INVALID_ARGUMENT')
      throw new CommandError(EXIT.usage, error.message, { cause: error })
    throw error
  }
}

/** A project that names no models means the packages in its own folder. */
function projectPaths({ config }: LoadedConfig, project: string | undefined): readonly string[] {
  if (config.models.length > 0) return config.models
  return project === undefined ? [] : [resolve(project)]
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
