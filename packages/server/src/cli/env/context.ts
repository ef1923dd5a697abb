/** What every `slipway env` command works on: the folder of environments, and the models that use them. */
import { type Clock, systemClock } from '../../base/clock.ts'
import { toolVariables } from '../../config/load.ts'
import type { EnvironmentSpec } from '../../environments/environment.ts'
import { createEnvironments, type Environments } from '../../environments/environments.ts'
import { versionEnvironment } from '../../models/project-environment.ts'
import { findPackages } from '../../models/repository.ts'
import type { ExitCode } from '../exit.ts'
import type { Output } from '../output.ts'
import { loadSettings } from '../settings.ts'

export interface EnvContext {
  readonly output: Output
  readonly clock: Clock
  readonly folder: string
  readonly environments: Environments
  /** Arguments after the verb. */
  readonly paths: readonly string[]
  /** What would be served; empty when nothing is named. */
  readonly models: readonly string[]
  readonly options: EnvOptions
}

export interface EnvOptions {
  readonly 'unused-for': number | undefined
  readonly all: boolean
  readonly 'dry-run': boolean
}

export type EnvVerb = (context: EnvContext) => Promise<ExitCode>

export interface EnvRequest extends Pick<EnvContext, 'output' | 'paths' | 'options'> {
  readonly config: string | undefined
  /** Whether the paths are models, and not environments. */
  readonly takesModels: boolean
}

export async function envContext({ config, takesModels, ...given }: EnvRequest): Promise<EnvContext> {
  const settings = await loadSettings({ paths: takesModels ? given.paths : [], config })
  const { environments } = settings.loaded.config
  return {
    ...given,
    clock: systemClock,
    folder: environments.folder,
    environments: createEnvironments({ ...environments, clock: systemClock, env: toolVariables() }),
    models: settings.paths,
  }
}

/** The environment that a version of a model asks for. */
export interface EnvironmentUse {
  readonly model: string
  readonly version: string
  readonly spec: EnvironmentSpec
  /** Of the environment that fits, built or not. */
  readonly id: string
}

export interface EnvironmentUses {
  readonly uses: readonly EnvironmentUse[]
  /** Python projects whose wishes could not be read. */
  readonly unread: readonly { readonly model: string; readonly why: string }[]
}

/** What all versions of the models below these paths ask for; also of versions that are not served now. */
export async function usesOf(models: readonly string[], environments: Environments): Promise<EnvironmentUses> {
  const uses: EnvironmentUse[] = []
  const unread: EnvironmentUses['unread'][number][] = []
  for (const found of models.length === 0 ? [] : await findPackages(models))
    for (const version of found.available) {
      if (version.kind !== 'python') continue
      try {
        const { spec } = await versionEnvironment(found, version)
        uses.push({ model: found.name, version: version.version, spec, id: await environments.idOf(spec) })
      } catch (error) {
        unread.push({ model: found.name, why: (error as Error).message })
      }
    }
  return { uses, unread }
}
