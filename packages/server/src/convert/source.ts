/** What `slipway convert` is given, told by its name and its first octets. A pickled file is code: it is searched for words here and never opened. */
import { open, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { quoted, ServeError } from '@slipway/protocol'

export const SOURCE_KINDS = ['pickle', 'xgboost', 'lightgbm', 'catboost', 'pt2', 'torchscript', 'factory', 'savedmodel', 'keras'] as const
export type SourceKind = (typeof SOURCE_KINDS)[number]

export interface Source {
  readonly kind: SourceKind
  /** The file or folder; of a factory, the file of its module. */
  readonly path: string
  /** Where its requirements lie. */
  readonly folder: string
  /** What people call it: the name of its file. */
  readonly name: string
  /** The function that makes the model, of a factory. */
  readonly factory?: string
  /** Packages that a pickled file says it needs, some with the version that wrote it. */
  readonly packages: readonly string[]
}

const bad = (sentence: string) => new ServeError('INVALID_ARGUMENT', sentence)

const BY_EXTENSION: Readonly<Record<string, SourceKind>> = {
  '.joblib': 'pickle',
  '.pkl': 'pickle',
  '.pickle': 'pickle',
  '.ubj': 'xgboost',
  '.cbm': 'catboost',
  '.pt2': 'pt2',
  '.keras': 'keras',
  '.h5': 'keras',
}

/** Throws NOT_FOUND for a path that is none, INVALID_ARGUMENT for what is no model, with what to do. */
export async function readSource(given: string): Promise<Source> {
  const factory = /^(.+?)(?:\.py)?:([A-Za-z_]\w*)$/.exec(given)
  if (factory !== null && (await kindOfPath(given)) === undefined) return factorySource(factory[1] as string, factory[2] as string)
  const path = resolve(given)
  const found = await kindOfPath(path)
  if (found === undefined) throw new ServeError('NOT_FOUND', `there is no file ${quoted(given)}`)
  const common = { path, folder: dirname(path), name: basename(path), packages: [] }
  if (found === 'folder') {
    if ((await kindOfPath(join(path, 'saved_model.pb'))) === 'file') return { ...common, kind: 'savedmodel' }
    throw bad(`${quoted(given)} is a folder and no SavedModel of TensorFlow; name the file of the model`)
  }
  const extension = extname(path).toLowerCase()
  if (extension === '.onnx') throw bad(`${quoted(given)} is ONNX already; "slipway serve ${given}" serves it`)
  const kind = BY_EXTENSION[extension] ?? (await sniff(path, extension))
  if (kind === undefined)
    throw bad(
      `${quoted(given)} is no model that is known: .joblib, .pkl, XGBoost's .json or .ubj, LightGBM's .txt, CatBoost's .cbm, PyTorch's .pt2, TorchScript, file.py:function, a SavedModel folder, .keras`,
    )
  return { ...common, kind, packages: kind === 'pickle' ? await packagesIn(path) : [] }
}

async function kindOfPath(path: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found === undefined ? undefined : found.isDirectory() ? 'folder' : 'file'
}

async function factorySource(module: string, factory: string): Promise<Source> {
  const path = resolve(`${module}.py`)
  if ((await kindOfPath(path)) !== 'file')
    throw new ServeError('NOT_FOUND', `there is no file ${quoted(`${module}.py`)} with a function ${quoted(factory)}`)
  return { kind: 'factory', path, folder: dirname(path), name: `${basename(path)}:${factory}`, factory, packages: [] }
}

async function sniff(path: string, extension: string): Promise<SourceKind | undefined> {
  const head = await firstOctets(path, 4096)
  const text = head.toString('latin1')
  if (extension === '.json')
    return text.includes('"learner"') || text.includes('"gradient_booster"')
      ? 'xgboost'
      : text.includes('"oblivious_trees"') || text.includes('"features_info"')
        ? 'catboost'
        : undefined
  if (extension === '.txt') return text.startsWith('tree') && text.includes('version=') ? 'lightgbm' : undefined
  if (extension !== '.pt' && extension !== '.pth') return undefined
  const whole = (await firstOctets(path, 64 * 2 ** 20)).toString('latin1')
  if (/\/code\//.test(whole)) return 'torchscript'
  throw bad(
    `${quoted(basename(path))} holds weights or a pickled module of PyTorch, not a model that runs by itself; convert file.py:function, where the function returns the module with its weights, or save it with torch.export.save as .pt2`,
  )
}

async function firstOctets(path: string, most: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(Math.min(most, (await file.stat()).size))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

const KNOWN = { sklearn: 'scikit-learn', xgboost: 'xgboost', lightgbm: 'lightgbm', catboost: 'catboost', pandas: 'pandas' } as const
const MOST_OCTETS = 256 * 2 ** 20

/** The packages whose names stand in it; scikit-learn with the version that it writes into each estimator. */
async function packagesIn(path: string): Promise<readonly string[]> {
  const raw = await firstOctets(path, MOST_OCTETS)
  const limits = { maxOutputLength: MOST_OCTETS }
  const unpacked =
    raw[0] === 0x78
      ? await promisify(inflate)(raw, limits).catch(() => raw)
      : raw[0] === 0x1f && raw[1] === 0x8b
        ? await promisify(gunzip)(raw, limits).catch(() => raw)
        : raw
  const text = unpacked.toString('latin1')
  const version = /_sklearn_version[^0-9]{1,12}(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1]
  return Object.entries(KNOWN).flatMap(([module, name]) => {
    // As a module of its own or as the first part of one.
    if (!new RegExp(`(?:^|[^A-Za-z0-9_.])${module}(?:\\.[a-z_]|[^A-Za-z0-9_])`).test(text)) return []
    return [module === 'sklearn' && version !== undefined ? `${name}==${version}` : name]
  })
}
