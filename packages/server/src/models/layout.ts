/** What folders of models look like: Triton's and TensorFlow Serving's numbered versions, a manifest beside them. */
import type { Dirent, Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { MANIFEST_FILE } from './manifest.ts'
import { isProject, isProjectFile } from './projects.ts'

const VERSION = /^[1-9][0-9]{0,18}$/
const MODEL_FILE = 'model.onnx'

export const isVersionName = (name: string): boolean => VERSION.test(name)
export const isOnnxName = (name: string): boolean => /\.onnx$/i.test(name)

/** Numeric order, exact for versions that are time stamps. */
export const byNumber = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)

/** A model's name, `^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`, from a file's or folder's: what the grammar does not allow becomes `-`. */
export function cleanName(fileName: string): string {
  const cleaned = fileName
    .replace(/\.onnx$/i, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 128)
  return cleaned === '' ? 'model' : cleaned
}

/** Entries of a folder by name, without hidden ones; empty when it cannot be read. */
export async function listFolder(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A package holds numbered version folders or a manifest. */
export const isPackage = (entries: readonly Dirent[]): boolean =>
  entries.some((entry) => entry.name === MANIFEST_FILE || (entry.isDirectory() && isVersionName(entry.name)))

/** A model of a version folder: its ONNX file, or the folder of a Python project. */
export interface FoundModel {
  readonly kind: 'onnx' | 'python'
  readonly path: string
  /** What lies beside it and is not served. */
  readonly ignored?: string
}

/** The model of a version folder, or why there is none. `model.onnx` may be a folder that holds the file and its external data. */
export async function findModel(folder: string): Promise<FoundModel | { readonly missing: string }> {
  const entries = await listFolder(folder)
  const file = await findModelFile(folder)
  const python = await isProject(folder, entries)
  if ('path' in file) return { kind: 'onnx', path: file.path, ...(python ? { ignored: ignoredOf(file.path, entries) } : {}) }
  return python ? { kind: 'python', path: folder } : file
}

/** What is said of a Python project beside an ONNX file. */
const ignoredOf = (onnx: string, entries: readonly Dirent[]): string => {
  const sign = entries.find(({ name }) => isProjectFile(name))?.name ?? 'the Python project'
  return `${sign} is not served, since ${basename(onnx)} lies beside it; remove one of the two`
}

async function findModelFile(folder: string): Promise<{ readonly path: string } | { readonly missing: string }> {
  const entries = await listFolder(folder)
  const named = entries.find(({ name }) => name === MODEL_FILE)
  if (named?.isDirectory()) return findModelFile(join(folder, MODEL_FILE))
  if (named !== undefined) return { path: join(folder, MODEL_FILE) }
  const files = entries.filter((entry) => isOnnxName(entry.name) && !entry.isDirectory())
  const only = files[0]
  if (only !== undefined && files.length === 1) return { path: join(folder, only.name) }
  if (files.length > 1) return { missing: `several .onnx files and none of them named ${MODEL_FILE}` }
  const others = entries
    .map(({ name }) => name)
    .filter((name) => OTHER_FORMATS[name] !== undefined || /\.(pt|pth|pkl|joblib|h5|keras)$/.test(name))
  const other = others[0]
  if (other === undefined) return { missing: `no ${MODEL_FILE}` }
  return { missing: `no ${MODEL_FILE}, but ${other}${OTHER_FORMATS[other] ?? ''}: convert it to ONNX` }
}

const OTHER_FORMATS: Readonly<Record<string, string>> = {
  'saved_model.pb': ' (TensorFlow)',
  'model.graphdef': ' (TensorFlow)',
  'model.savedmodel': ' (TensorFlow)',
  'model.pt': ' (TorchScript)',
  'model.plan': ' (TensorRT)',
}

/** Settings of other servers, of which nothing is read. */
const FOREIGN_SETTINGS: Readonly<Record<string, string>> = {
  'config.pbtxt': 'Triton’s',
  MLmodel: 'MLflow’s',
  'bentofile.yaml': 'BentoML’s',
}

/** One sentence for each settings file of another server beside a model. */
export const foreignWarnings = (entries: readonly Dirent[]): readonly string[] =>
  entries.flatMap(({ name }) =>
    FOREIGN_SETTINGS[name] === undefined
      ? []
      : [`${name} (${FOREIGN_SETTINGS[name]}) is not read: only the layout of the folder is used; put settings into ${MANIFEST_FILE}`],
  )

/** Files looked at for one fingerprint; a version with more is told apart by these. */
const MOST_FILES = 1000
const MOST_DEPTH = 4

const stampOf = (name: string, stat: Stats): string => `${name}:${stat.size}:${stat.mtimeMs}:${stat.ino}`

/** Name, size, time and inode number of a file; `-` when there is none. */
export async function stampFile(path: string, name: string): Promise<string> {
  return lstat(path).then(
    (stat) => stampOf(name, stat),
    () => `${name}:-`,
  )
}

/** Folders that tools leave beside code, and that are no part of a model. */
export const NO_PART: ReadonlySet<string> = new Set([
  'venv',
  '__pycache__',
  'node_modules',
  '.git',
  '.hg',
  '.venv',
  '.slipway',
  '.ipynb_checkpoints',
  '.cog',
])

/** The stamps of all files below a folder. */
export async function stampFolder(folder: string): Promise<string> {
  const stamps: string[] = []
  const visit = async (at: string, name: string, depth: number): Promise<void> => {
    for (const entry of await listFolder(at)) {
      if (stamps.length >= MOST_FILES) return
      if (NO_PART.has(entry.name)) continue
      const below = name === '' ? entry.name : `${name}/${entry.name}`
      if (!entry.isDirectory()) stamps.push(await stampFile(join(at, entry.name), below))
      else if (depth < MOST_DEPTH) await visit(join(at, entry.name), below, depth + 1)
    }
  }
  await visit(folder, '', 0)
  return stamps.join('|')
}
