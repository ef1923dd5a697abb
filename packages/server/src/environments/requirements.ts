/** What a project asks of its environment, from the files in which its packager has it written. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { parse as parseToml } from 'smol-toml'
import { readDocument } from '../config/document.ts'
import type { Packager } from '../config/packager.ts'
import type { EnvironmentSpec } from './environment.ts'

type Part = Partial<Omit<EnvironmentSpec, 'source'>> & { readonly source?: string }
type Table = Readonly<Record<string, unknown>>

/** Packages that a packager's projects import without asking for them. */
const OWN: Readonly<Record<Packager, readonly string[]>> = {
  slipway: [],
  sagemaker: [],
  truss: [],
  cog: ['cog'],
  mlflow: ['mlflow'],
  bentoml: ['bentoml'],
}

/**
 * All that is asked for, from the packager's own file, then requirements.txt, pyproject.toml or conda.yaml, whichever comes first. numpy is
 * always among it, since the worker needs it. Throws INVALID_ARGUMENT with file and line for one that cannot be read.
 */
export async function readEnvironmentSpec(folder: string, packager: Packager): Promise<EnvironmentSpec> {
  const own = await OF_PACKAGER[packager](folder)
  const general = own.requirements === undefined ? await firstOf(folder, GENERAL) : {}
  const requirements = [...(own.requirements ?? general.requirements ?? [])]
  const names = new Set(requirements.map(packageName))
  for (const needed of [...OWN[packager], 'numpy']) if (!names.has(needed)) requirements.push(needed)
  const spec = { ...general, ...withoutUndefined(own), requirements }
  return { ...spec, source: [own.source, general.source].filter((one) => one !== undefined).join(', ') }
}

const withoutUndefined = (part: Part): Part => Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined))

/** `scikit-learn` of `Scikit_Learn[extra]==1.5 ; python_version < "3.12"` (PEP 503). */
export function packageName(requirement: string): string {
  const [name = ''] = /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(requirement.trim()) ?? []
  return name.toLowerCase().replace(/[._-]+/g, '-')
}

type Reader = (folder: string) => Promise<Part>

const OF_PACKAGER: Readonly<Record<Packager, Reader>> = {
  slipway: async () => ({}),
  sagemaker: (folder) => firstOf(folder, [requirementsIn('code/requirements.txt')]),
  truss: readTruss,
  cog: readCog,
  mlflow: (folder) => firstOf(folder, [readMlflowEnv, requirementsIn('requirements.txt'), condaIn('conda.yaml')]),
  bentoml: readBento,
}

const GENERAL: readonly Reader[] = [requirementsIn('requirements.txt'), readPyproject, condaIn('conda.yaml'), condaIn('environment.yml')]

async function firstOf(folder: string, readers: readonly Reader[]): Promise<Part> {
  for (const reader of readers) {
    const part = await reader(folder)
    if (part.source !== undefined) return part
  }
  return {}
}

async function textOf(folder: string, name: string): Promise<string | undefined> {
  return readFile(join(folder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new ServeError('INVALID_ARGUMENT', `${name} cannot be read (${error.code})`, { cause: error })
  })
}

function requirementsIn(name: string): Reader {
  return async (folder) => {
    const lines = await requirementLines(folder, name, new Set())
    return lines === undefined ? {} : { ...lines, source: name }
  }
}

/** Options that say where packages come from; others have no place here. */
const SOURCES =
  /^(?:-i|--index-url|--extra-index-url|-f|--find-links|--no-index|--pre|--trusted-host|--only-binary|--no-binary|--prefer-binary)\b/
const MOST_DEPTH = 8

interface Lines {
  readonly requirements: readonly string[]
  readonly constraints: readonly string[]
  readonly hashes: Readonly<Record<string, readonly string[]>>
  readonly options: readonly string[]
}

/** Follows -r and -c. Undefined when the first file does not exist. */
async function requirementLines(folder: string, name: string, seen: ReadonlySet<string>): Promise<Lines | undefined> {
  const text = await textOf(folder, name)
  if (text === undefined) return undefined
  if (seen.has(name) || seen.size >= MOST_DEPTH) throw new ServeError('INVALID_ARGUMENT', `${name} includes itself`)
  const found = { requirements: [] as string[], constraints: [] as string[], options: [] as string[] }
  let hashes: Lines['hashes'] = {}
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const plain = line
      .replace(/(^|\s)#.*$/, '')
      .replace(/\s--hash[= ]\S+/g, '')
      .trim()
    if (plain === '') continue
    const include = /^(-r|--requirement|-c|--constraint)[= ]*(\S+)$/.exec(plain)
    if (include !== null) {
      const target = join(name, '..', include[2] as string)
      const inner = await requirementLines(folder, target, new Set([...seen, name]))
      if (inner === undefined) throw new ServeError('INVALID_ARGUMENT', `${name} includes ${include[2]}, which does not exist`)
      if (include[1]?.includes('c')) found.constraints.push(...inner.requirements)
      else found.requirements.push(...inner.requirements)
      found.constraints.push(...inner.constraints)
      found.options.push(...inner.options)
      hashes = { ...hashes, ...inner.hashes }
    } else if (SOURCES.test(plain)) found.options.push(plain)
    else if (plain.startsWith('-'))
      throw new ServeError(
        'INVALID_ARGUMENT',
        `${name}: ${plain.split(/[= ]/)[0]} cannot be used in an isolated environment; name packages`,
      )
    else {
      found.requirements.push(plain)
      const allowed = [...line.matchAll(/\s--hash[= ](\S+)/g)].map(([, hash = '']) => hash)
      if (allowed.length > 0) hashes = { ...hashes, [packageName(plain)]: allowed }
    }
  }
  return { ...found, hashes }
}

async function readPyproject(folder: string): Promise<Part> {
  const text = await textOf(folder, 'pyproject.toml')
  if (text === undefined) return {}
  const { project } = toml(text, 'pyproject.toml') as { readonly project?: Table }
  const requirements = strings(project?.dependencies)
  if (requirements === undefined) return {}
  return { requirements, ...pythonOf(project?.['requires-python']), source: 'pyproject.toml' }
}

function toml(text: string, name: string): Table {
  try {
    return parseToml(text) as Table
  } catch (error) {
    throw new ServeError('INVALID_ARGUMENT', `${name} is no valid TOML: ${(error as Error).message.split('\n')[0]}`, { cause: error })
  }
}

/** The pip part of a conda file; what conda alone has cannot be had, but its Python version can. */
function condaIn(name: string): Reader {
  return async (folder) => {
    const text = await textOf(folder, name)
    if (text === undefined) return {}
    const { dependencies } = readDocument(text, name).value as Table
    const listed = Array.isArray(dependencies) ? (dependencies as readonly unknown[]) : []
    const pip = listed.flatMap((one) => (typeof one === 'object' && one !== null ? (strings((one as Table).pip) ?? []) : []))
    const python = listed.map((one) => /^python\s*=*\s*([\d.*<>=,~]+)/.exec(String(one))?.[1]).find((found) => found !== undefined)
    return { requirements: pip.filter((line) => !line.startsWith('-')), ...pythonOf(python), source: name }
  }
}

async function readMlflowEnv(folder: string): Promise<Part> {
  const text = await textOf(folder, 'python_env.yaml')
  if (text === undefined) return {}
  const { python, dependencies } = readDocument(text, 'python_env.yaml').value as Table
  const listed = await requirementLines(folder, 'requirements.txt', new Set())
  const inline = (strings(dependencies) ?? []).filter((line) => !line.startsWith('-'))
  // The patch of the machine that trained it is rarely there; the minor version is what matters.
  const minor = /^\d+\.\d+/.exec(String(python ?? ''))?.[0]
  return { ...listed, requirements: [...inline, ...(listed?.requirements ?? [])], ...pythonOf(minor), source: 'python_env.yaml' }
}

async function readCog(folder: string): Promise<Part> {
  const build = ((await yaml(folder, 'cog.yaml'))?.build ?? {}) as Table
  const file = build.python_requirements
  const lines = typeof file === 'string' ? await requirementLines(folder, file, new Set()) : undefined
  if (typeof file === 'string' && lines === undefined)
    throw new ServeError('INVALID_ARGUMENT', `cog.yaml names ${file} as python_requirements, which does not exist`)
  const requirements = [...(strings(build.python_packages) ?? []), ...(lines?.requirements ?? [])]
  return { ...lines, requirements, ...pythonOf(build.python_version), ...systemOf(build.system_packages), source: 'cog.yaml' }
}

async function readTruss(folder: string): Promise<Part> {
  const config = (await yaml(folder, 'config.yaml')) ?? {}
  const file = config.requirements_file
  const lines = typeof file === 'string' ? await requirementLines(folder, file, new Set()) : undefined
  // py311 is how it writes 3.11.
  const python = typeof config.python_version === 'string' ? config.python_version.replace(/^py(\d)(\d+)$/, '$1.$2') : config.python_version
  const requirements = [...(strings(config.requirements) ?? []), ...(lines?.requirements ?? [])]
  return { ...lines, requirements, ...pythonOf(python), ...systemOf(config.system_packages), source: 'config.yaml' }
}

async function readBento(folder: string): Promise<Part> {
  const bentofile = await yaml(folder, 'bentofile.yaml')
  const text = bentofile === undefined ? await textOf(folder, 'pyproject.toml') : undefined
  const tool = text === undefined ? undefined : ((toml(text, 'pyproject.toml').tool as Table | undefined)?.bentoml as Table | undefined)
  const build = bentofile ?? (tool?.build as Table | undefined)
  const python = (build?.python ?? {}) as Table
  const file = python.requirements_txt
  const lines = typeof file === 'string' ? await requirementLines(folder, file, new Set()) : undefined
  const packages = strings(python.packages)
  if (packages === undefined && lines === undefined) return {}
  return {
    ...lines,
    requirements: [...(packages ?? []), ...(lines?.requirements ?? [])],
    source: bentofile ? 'bentofile.yaml' : 'pyproject.toml',
  }
}

async function yaml(folder: string, name: string): Promise<Table | undefined> {
  const text = await textOf(folder, name)
  return text === undefined ? undefined : (readDocument(text, name).value as Table)
}

/** A list of texts; numbers in it are taken for what they say. Undefined for anything else. */
function strings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string' || typeof one === 'number').map(String) : undefined
}

function pythonOf(value: unknown): Pick<EnvironmentSpec, 'python'> {
  // YAML reads 3.10 without quotes as a number.
  const text = value === 3.1 ? '3.10' : String(value)
  const python = typeof value === 'number' || typeof value === 'string' ? text.trim() : ''
  return python === '' ? {} : { python }
}

function systemOf(value: unknown): Pick<EnvironmentSpec, 'systemPackages'> {
  const systemPackages = strings(value)
  return systemPackages === undefined || systemPackages.length === 0 ? {} : { systemPackages }
}
