/** Models opened for looking at: read, checked, and their private copies removed afterwards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quoted, ServeError } from '@slipway/protocol'
import { systemClock } from '../base/clock.ts'
import { nearest } from '../base/nearest.ts'
import { toolVariables } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { createEnvironments } from '../environments/environments.ts'
import { type ModelPackage, openPackage } from '../models/package.ts'
import { type Found, findPackages } from '../models/repository.ts'
import { CommandError, EXIT } from './exit.ts'

export interface OpenedModels extends AsyncDisposable {
  readonly found: readonly Found[]
  readonly packages: readonly ModelPackage[]
  readonly failures: readonly { readonly name: string; readonly path: string; readonly error: unknown }[]
}

export interface OpenModelsOptions {
  /** Only the model of this name. */
  readonly only?: string | undefined
  readonly config: Pick<Config, 'environments'>
  /** What is being done while a Python environment is built. */
  readonly note?: (sentence: string) => void
}

/** Opens the newest wanted version of every model below the paths, or only of the one named; NOT_FOUND when there is none. Dispose of it to remove the copies. */
export async function openModels(paths: readonly string[], { only, config, note }: OpenModelsOptions): Promise<OpenedModels> {
  const all = await findPackages(paths)
  const found = only === undefined ? all : [pick(all, only)]
  const privateFolder = await mkdtemp(join(tmpdir(), 'slipway-'))
  const environments = createEnvironments({ ...config.environments, clock: systemClock, env: toolVariables() })
  const packages: ModelPackage[] = []
  const failures: OpenedModels['failures'][number][] = []
  for (const model of found) {
    const newest = model.versions.at(-1)
    try {
      if (newest === undefined) throw new ServeError('NOT_FOUND', `model ${model.name} has no version that is wanted`)
      packages.push(
        await openPackage(model, newest, { privateFolder, python: { environments, ...(note === undefined ? {} : { onProgress: note }) } }),
      )
    } catch (error) {
      failures.push({ name: model.name, path: newest?.modelPath ?? model.folder, error })
    }
  }
  return { found, packages, failures, [Symbol.asyncDispose]: () => rm(privateFolder, { recursive: true, force: true }) }
}

/** The one model that was opened. Throws what it was refused for, and a usage error that names them when there are several. */
export function onlyPackage({ found, packages, failures }: OpenedModels): ModelPackage {
  if (failures[0] !== undefined && found.length === 1) throw failures[0].error
  const [pkg, ...others] = packages
  if (pkg !== undefined && others.length === 0) return pkg
  const names = found.map(({ name }) => quoted(name)).join(', ')
  throw new CommandError(EXIT.usage, `there are several models here; choose one with --model: ${names}`)
}

function pick(all: readonly Found[], name: string): Found {
  const found = all.find((model) => model.name === name)
  if (found !== undefined) return found
  const names = all.map((model) => model.name)
  const meant = nearest(name, names)
  const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${quoted(meant)}?`
  throw new ServeError('NOT_FOUND', `there is no model ${quoted(name)} here; ${hint}`)
}

export function describeFailure(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
