/** Finds model packages below paths: files, packages, repositories of packages, projects. */
import type { Dirent } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { quoted, ServeError } from '@slipway/protocol'
import { loadConfig, PROJECT_FILE } from '../config/load.ts'
import {
  byNumber,
  cleanName,
  type FoundModel,
  findModel,
  foreignWarnings,
  isOnnxName,
  isPackage,
  isVersionName,
  listFolder,
  stampFile,
  stampFolder,
} from './layout.ts'
import { MANIFEST_FILE, NO_MANIFEST } from './manifest.ts'
import { readManifest } from './manifest-file.ts'
import type { VersionPolicy } from './manifest-schema.ts'
import { isProject, projectSigns } from './projects.ts'

export interface FoundVersion {
  /** A whole number without leading zeros, as text. */
  readonly version: string
  readonly kind: 'onnx' | 'python'
  /** The .onnx file, or the folder of the Python project. */
  readonly modelPath: string
  /** Changes when a file of the version or its manifest does. Cheap: sizes, times and inode numbers, no contents. */
  readonly fingerprint: string
}

/** One model on disk. */
export interface Found {
  readonly name: string
  /** The package's folder; for a bare file the one it lies in. */
  readonly folder: string
  readonly manifestPath?: string
  /** Absent while the manifest cannot be read: then the newest version stands for the package. */
  readonly policy?: VersionPolicy
  /** The versions that the policy wants loaded, oldest first. */
  readonly versions: readonly FoundVersion[]
  /** All versions on disk, oldest first. */
  readonly available: readonly FoundVersion[]
  /** What was found beside the model and is not used, and why a version is not listed. */
  readonly warnings: readonly string[]
  /** True for one that was named through the API, not by who started the server: code in it needs its own leave. */
  readonly byApi?: boolean
}

/**
 * All models below the paths, by name. Throws NOT_FOUND for a path that does not exist or holds no model, saying what was looked for, and
 * ALREADY_EXISTS when two models have one name. Looks at names and file times only; the models themselves are not opened.
 */
export async function findPackages(paths: readonly string[]): Promise<readonly Found[]> {
  const found = (await Promise.all(paths.map((path) => findAt(path)))).flat()
  const places = new Map<string, Found>()
  for (const one of found) {
    const other = places.get(one.name)
    if (other !== undefined && !isSame(one, other))
      throw new ServeError(
        'ALREADY_EXISTS',
        `two models are named "${one.name}": in ${other.folder} and in ${one.folder}; rename one of them`,
      )
    places.set(one.name, one)
  }
  return [...places.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const isSame = (one: Found, other: Found) => one.folder === other.folder && one.available[0]?.modelPath === other.available[0]?.modelPath

/** The versions that a policy picks of those on disk, oldest first. */
export function wantedVersions(available: readonly FoundVersion[], policy: VersionPolicy): readonly FoundVersion[] {
  if (policy.kind === 'all') return available
  if (policy.kind === 'only') return available.filter(({ version }) => policy.versions.includes(version))
  return available.slice(-policy.count)
}

async function findAt(path: string, depth: 'top' | 'in project' = 'top'): Promise<readonly Found[]> {
  const [stats, folder] = await Promise.all([stat(path), realpath(path)]).catch((cause) => {
    throw new ServeError('NOT_FOUND', `${path} does not exist; name a .onnx file, a model package, a repository of packages or a project`, {
      cause,
    })
  })
  // A project of one file is named by it, too.
  if (!stats.isDirectory() && basename(folder) === 'model.py') return findAt(dirname(folder), depth)
  if (!stats.isDirectory()) return [await bareFile(path)]
  const entries = await listFolder(folder)
  if (entries.some(({ name }) => name === PROJECT_FILE)) return depth === 'top' ? findInProject(path, folder) : nested(path)
  if (isPackage(entries) || (await isProjectFolder(folder, entries))) return [checkedPackage(path, await readPackage(folder))]
  const inside = await Promise.all(
    entries.map(async (entry): Promise<readonly Found[]> => {
      const below = join(folder, entry.name)
      if (entry.isFile() && isOnnxName(entry.name)) return [await bareFile(below)]
      if (entry.isSymbolicLink()) return linked(folder, entry)
      if (!entry.isDirectory() || !(await holdsPackage(below))) return []
      return [await readPackage(below)]
    }),
  )
  const found = inside.flat()
  if (found.length === 0)
    throw new ServeError('NOT_FOUND', `${path} holds no model${entries.length === 0 ? ': it is empty' : ''}; ${LOOKED_FOR}`)
  return found
}

const LOOKED_FOR = `looked for .onnx files, for ${MANIFEST_FILE}, numbered version folders (1/model.onnx) or Python projects (model.py, MLmodel, cog.yaml, …) in it and in its folders, and for ${PROJECT_FILE}`

async function holdsPackage(folder: string): Promise<boolean> {
  const entries = await listFolder(folder)
  return isPackage(entries) || (await isProjectFolder(folder, entries))
}

/** A Python project without version folders. Code beside packages or .onnx files, which were there first, makes their folder none. */
async function isProjectFolder(folder: string, entries: readonly Dirent[]): Promise<boolean> {
  const signs = projectSigns(entries)
  if (signs === 'none' || entries.some((entry) => !entry.isDirectory() && isOnnxName(entry.name))) return false
  if (!(await isProject(folder, entries))) return false
  if (signs === 'sure') return true
  const inside = entries.filter((entry) => entry.isDirectory()).map(async ({ name }) => isPackage(await listFolder(join(folder, name))))
  return !(await Promise.all(inside)).includes(true)
}

function nested(path: string): never {
  throw new ServeError('INVALID_ARGUMENT', `${path} is a project and may not be named in the models of another; name its models`)
}

async function findInProject(path: string, folder: string): Promise<readonly Found[]> {
  const { config } = await loadConfig({ folder, env: {} })
  const places = config.models.length > 0 ? config.models : [join(folder, 'models')]
  const found = await Promise.all(places.map((place) => findAt(place, 'in project')))
  const all = found.flat()
  if (all.length === 0)
    throw new ServeError('NOT_FOUND', `the project ${path} names no models; add "models: ./models" to its ${PROJECT_FILE}`)
  return all
}

async function bareFile(path: string): Promise<Found> {
  if (!isOnnxName(path))
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${path} is no .onnx file; convert it with "slipway convert", or name a .onnx file, a package, a repository or the folder of a Python project`,
    )
  // The operator named it, so a link is followed here; below a folder none is.
  const real = await realpath(path)
  const folder = dirname(real)
  const stem = basename(real).replace(/\.onnx$/i, '')
  const beside = (await listFolder(folder)).filter(
    ({ name }) => /^[._-]/.test(name.slice(stem.length)) && name.startsWith(stem) && !isOnnxName(name),
  )
  const stamps = await Promise.all([basename(real), ...beside.map(({ name }) => name)].map((name) => stampFile(join(folder, name), name)))
  const version: FoundVersion = { version: '1', kind: 'onnx', modelPath: real, fingerprint: stamps.join('|') }
  return { name: cleanName(basename(path)), folder, policy: NO_MANIFEST.versions, versions: [version], available: [version], warnings: [] }
}

/** A package that was named itself must hold something; one among others in a repository may be bad without harm to them. */
function checkedPackage(path: string, found: Found): Found {
  if (found.available.length > 0) return found
  throw new ServeError('NOT_FOUND', `${path} holds no version that can be served: ${found.warnings.join('; ')}`)
}

/** A link among the packages of a repository: not followed, but not passed over in silence. */
async function linked(folder: string, entry: Dirent): Promise<readonly Found[]> {
  const target = await realpath(join(folder, entry.name)).catch(() => '')
  if (!isOnnxName(entry.name) && !(await holdsPackage(target))) return []
  const warnings = [`"${entry.name}" is a symbolic link and is not served; copy what it points to, or name it when you start`]
  return [{ name: cleanName(entry.name), folder, versions: [], available: [], warnings }]
}

async function readPackage(folder: string): Promise<Found> {
  const entries = await listFolder(folder)
  const name = cleanName(basename(folder))
  const warnings: string[] = []
  if (name !== basename(folder))
    warnings.push(`the folder ${quoted(basename(folder))} is served as "${name}", since a name has only letters, digits, ".", "_" and "-"`)
  const manifestPath = entries.some((entry) => entry.name === MANIFEST_FILE) ? join(folder, MANIFEST_FILE) : undefined
  const available: FoundVersion[] = []
  for (const place of placesOf(folder, entries)) {
    const model = 'missing' in place ? place : await findModel(place.folder)
    if ('missing' in model) {
      warnings.push(`${place.version === undefined ? 'the package holds' : `version ${place.version}:`} ${model.missing}`)
      continue
    }
    const { kind, path, ignored } = model
    if (ignored !== undefined) warnings.push(place.version === undefined ? ignored : `version ${place.version}: ${ignored}`)
    available.push({ version: place.version ?? '1', kind, modelPath: path, fingerprint: await fingerprintOf(model, manifestPath) })
  }
  // What is a project's own file is read, and not passed over.
  if (!available.some(({ modelPath }) => modelPath === folder)) warnings.unshift(...foreignWarnings(entries))
  const policy = manifestPath === undefined ? NO_MANIFEST.versions : await policyOf(manifestPath)
  for (const version of policy?.kind === 'only' ? policy.versions : [])
    if (!available.some((one) => one.version === version))
      warnings.push(`version ${version}, which ${MANIFEST_FILE} asks for, is not there`)
  return {
    name,
    folder,
    ...(manifestPath === undefined ? {} : { manifestPath }),
    ...(policy === undefined ? {} : { policy }),
    versions: wantedVersions(available, policy ?? NO_MANIFEST.versions),
    available,
    warnings,
  }
}

/** Where the versions of a package lie, oldest first; a package without version folders is its own only version. */
function placesOf(
  folder: string,
  entries: readonly Dirent[],
): readonly ({ readonly version?: string } & ({ readonly folder: string } | { readonly missing: string }))[] {
  const numbered = entries.filter(({ name }) => isVersionName(name)).sort((a, b) => byNumber(a.name, b.name))
  if (numbered.length === 0) return [{ folder }]
  return numbered.map((entry) => {
    if (entry.isDirectory()) return { version: entry.name, folder: join(folder, entry.name) }
    return { version: entry.name, missing: entry.isSymbolicLink() ? 'a symbolic link, which is not followed' : 'not a folder' }
  })
}

async function fingerprintOf({ kind, path }: FoundModel, manifestPath: string | undefined): Promise<string> {
  const manifest = manifestPath === undefined ? [] : [await stampFile(manifestPath, MANIFEST_FILE)]
  return [await stampFolder(kind === 'python' ? path : dirname(path)), ...manifest].join('|')
}

/** Undefined for a manifest that cannot be read: it is refused when a version is opened. */
async function policyOf(manifestPath: string): Promise<VersionPolicy | undefined> {
  try {
    return (await readManifest(manifestPath)).manifest.versions
  } catch {
    return undefined
  }
}
