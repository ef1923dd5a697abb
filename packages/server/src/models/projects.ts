/** Python projects on disk: whose layout a folder is in, from the names of its files and the packager's own settings. */
import type { Dirent } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { parse as parseToml } from 'smol-toml'
import { readDocument } from '../config/document.ts'
import type { Packager } from '../config/packager.ts'

type Config = Readonly<Record<string, unknown>>

export interface Project {
  readonly packager: Packager
  /** What its own file says, which the worker cannot read by itself. */
  readonly config: Config
}

/** Files that nothing but a packager's project has. */
const SURE: ReadonlySet<string> = new Set(['MLmodel', 'cog.yaml', 'bentofile.yaml', 'model.tar.gz'])
/** Files that may lie beside models for another reason. */
const LIKELY: ReadonlySet<string> = new Set(['service.py', 'inference.py', 'model.py'])

export const isProjectFile = (name: string): boolean => SURE.has(name) || LIKELY.has(name)

/** Whether a folder may hold a Python project, by the names in it alone; `likely` is less than `sure`. */
export function projectSigns(entries: readonly Dirent[]): 'sure' | 'likely' | 'none' {
  const has = (names: ReadonlySet<string>) => entries.some((entry) => !entry.isDirectory() && names.has(entry.name))
  const folder = (name: string) => entries.some((entry) => entry.isDirectory() && entry.name === name)
  if (has(SURE)) return 'sure'
  if (has(LIKELY) || folder('code') || (has(new Set(['config.yaml'])) && folder('model'))) return 'likely'
  return 'none'
}

/** The project of a folder; undefined when it is none. Throws INVALID_ARGUMENT for one whose own file cannot be read. */
export async function projectOf(folder: string): Promise<Project | undefined> {
  const mlmodel = await settings(folder, 'MLmodel')
  if (mlmodel !== undefined) return { packager: 'mlflow', config: mlmodel }
  const cog = await settings(folder, 'cog.yaml')
  if (cog !== undefined) return { packager: 'cog', config: cog }
  const truss = await trussOf(folder)
  if (truss !== undefined) return truss
  const bento = await bentoOf(folder)
  if (bento !== undefined) return bento
  const sagemaker =
    (await isFile(folder, 'code/inference.py')) || (await isFile(folder, 'inference.py')) || (await isFile(folder, 'model.tar.gz'))
  if (sagemaker) return { packager: 'sagemaker', config: {} }
  return (await isFile(folder, 'model.py')) ? { packager: 'slipway', config: {} } : undefined
}

/** The same by names and settings, never throwing: a folder whose own file cannot be read is one, too, and is refused when it is opened. */
export const isProject = async (folder: string, entries: readonly Dirent[]): Promise<boolean> =>
  projectSigns(entries) !== 'none' &&
  projectOf(folder).then(
    (found) => found !== undefined,
    () => true,
  )

async function trussOf(folder: string): Promise<Project | undefined> {
  if (!(await isFile(folder, 'config.yaml'))) return undefined
  const config = (await settings(folder, 'config.yaml')) ?? {}
  const file = join(String(config.model_module_dir ?? 'model'), String(config.model_class_filename ?? 'model.py'))
  return (await isFile(folder, file)) ? { packager: 'truss', config } : undefined
}

async function bentoOf(folder: string): Promise<Project | undefined> {
  const bentofile = await settings(folder, 'bentofile.yaml')
  if (bentofile !== undefined) return { packager: 'bentoml', config: { service: bentofile.service } }
  const service = await text(folder, 'service.py')
  if (service === undefined || !/\bbentoml\b/.test(service)) return undefined
  const pyproject = await text(folder, 'pyproject.toml')
  const tool = pyproject === undefined ? undefined : tomlTool(pyproject)
  return { packager: 'bentoml', config: tool?.service === undefined ? {} : { service: tool.service } }
}

function tomlTool(content: string): Config | undefined {
  try {
    const { tool } = parseToml(content) as { readonly tool?: { readonly bentoml?: { readonly build?: Config } } }
    return tool?.bentoml?.build
  } catch (error) {
    throw new ServeError('INVALID_ARGUMENT', `pyproject.toml is no valid TOML: ${(error as Error).message.split('\n')[0]}`, {
      cause: error,
    })
  }
}

async function settings(folder: string, name: string): Promise<Config | undefined> {
  const content = await text(folder, name)
  return content === undefined ? undefined : (readDocument(content, name).value as Config)
}

const text = (folder: string, name: string): Promise<string | undefined> => readFile(join(folder, name), 'utf8').catch(() => undefined)

const isFile = (folder: string, name: string): Promise<boolean> =>
  stat(join(folder, name)).then(
    (found) => found.isFile(),
    () => false,
  )
