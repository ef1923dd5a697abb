/** One version of a model, checked, copied to where nobody else writes, and ready to be opened by a worker. */
import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type OnnxModel, readOnnx } from '@slipway/onnx'
import { ServeError } from '@slipway/protocol'
import { createDigest, digestText } from '../base/digest.ts'
import { type Description, describeModel } from './describe.ts'
import { type Example, readExamples } from './examples.ts'
import { factsOfOnnx, type ModelFacts, type PythonFacts } from './facts.ts'
import { CopyingFolder } from './files.ts'
import { fixedRowsOf } from './fixed-rows.ts'
import { MANIFEST_FILE } from './manifest.ts'
import { readManifest } from './manifest-file.ts'
import type { DeclaredInputs, Manifest } from './manifest-schema.ts'
import { openProject, type PythonOptions, refusePythonKeys } from './python-package.ts'
import type { Found, FoundVersion } from './repository.ts'

export interface ModelPackage extends Description {
  readonly name: string
  readonly version: string
  /** sha256:… of manifest, model and all that belongs to it. */
  readonly digest: string
  /** The private copy of the model file, alone with its external data in a folder of its own; or of a Python project's folder, alone in one. */
  readonly modelPath: string
  readonly manifest: Manifest
  readonly facts: ModelFacts
  /** What else an ONNX file says; absent for a model that is none. */
  readonly onnx?: Omit<OnnxModel, 'rewritten'>
  /** What else is known of a Python project; absent for a model that is none. */
  readonly python?: PythonFacts
  /** Rows that the file takes in every run, where it takes no other number; runs of fewer are filled up. */
  readonly fixedRows?: number
  readonly examples: readonly Example[]
  /** Sentences for the operator; they hold no absolute path. */
  readonly warnings: readonly string[]
}

export interface OpenOptions {
  readonly privateFolder: string
  /** What Python projects are opened with; without it they are refused. */
  readonly python?: PythonOptions | undefined
}

/**
 * Reads, checks and copies one version; a Python project's environment is built and asked what the project takes. Throws ServeError INVALID_ARGUMENT when the model or its manifest is refused and UNAVAILABLE when the
 * copy cannot be made; messages are fit for callers, the cause has the paths. What was copied is removed again on failure.
 */
export async function openPackage(found: Found, version: FoundVersion, options: OpenOptions): Promise<ModelPackage> {
  const manifest = await readManifest(found.manifestPath)
  if (version.kind === 'python') refuseStrangers(found, manifest.manifest)
  else refusePythonKeys(manifest.manifest)
  const home = await makeHome(options.privateFolder, `${found.name}-${version.version}-`)
  try {
    const opened = await (version.kind === 'python' ? openPython : openOnnx)({ found, version, manifest, home, options })
    // A Python model makes its own tensors of pictures; one that takes tensors may still be about images.
    const { declared, ...rest } = opened
    const inputs = { ...declared, ...manifest.manifest.inputs }
    const described = describeModel({ ...manifest.manifest, inputs }, opened.facts, opened.python === undefined ? 'by task' : 'declared')
    if (opened.python !== undefined && described.transforms.length > 0) throw noPictures()
    const { examples, warnings } = await readExamples(found.folder, described.inputs, described.outputs)
    return {
      name: found.name,
      version: version.version,
      manifest: manifest.manifest,
      ...rest,
      ...described,
      examples,
      warnings: [...found.warnings, ...acceptedDifference(manifest.manifest), ...warnings],
    }
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    if (error instanceof ServeError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new ServeError(
      'UNAVAILABLE',
      `the private copy of the model could not be made (${code}); is there room in the temporary folder?`,
      {
        cause: error,
      },
    )
  }
}

function acceptedDifference({ converted }: Manifest): readonly string[] {
  if (converted === undefined || converted.agrees) return []
  const { from, maxDifference, tolerance } = converted
  return [
    `its answers differ from those of ${from} by up to ${maxDifference} (tolerance ${tolerance}), which was accepted when it was converted`,
  ]
}

interface Opening {
  readonly found: Found
  readonly version: FoundVersion
  readonly manifest: { readonly manifest: Manifest; readonly bytes: Uint8Array }
  readonly home: string
  readonly options: OpenOptions
}

type Opened = Pick<ModelPackage, 'digest' | 'modelPath' | 'facts' | 'onnx' | 'python' | 'fixedRows'> & {
  readonly declared?: DeclaredInputs
}

async function openOnnx({ version, manifest, home }: Opening): Promise<Opened> {
  const { onnx, modelPath, digest } = await copyModel(version.modelPath, home, manifest.bytes)
  const fixedRows = fixedRowsOf(onnx.signature)
  return { digest, modelPath, facts: factsOfOnnx(onnx), onnx, ...(fixedRows === undefined ? {} : { fixedRows }) }
}

async function openPython({ found, version, manifest, home, options }: Opening): Promise<Opened> {
  if (options.python === undefined)
    throw new ServeError('FAILED_PRECONDITION', 'it is a Python project, and nothing here builds its environment')
  const source = { folder: version.modelPath, packageFolder: found.folder, home, manifest }
  return openProject(source, options.python)
}

/** Code is run for who starts the server, and for nobody else unless its own manifest allows it. */
function refuseStrangers({ byApi }: Found, { allowCode }: Manifest): void {
  if (byApi === true && !allowCode)
    throw new ServeError(
      'FAILED_PRECONDITION',
      `it is a Python project, which is code that would run on this server: name it when you start the server, or set allowCode: true in its ${MANIFEST_FILE}`,
    )
}

const noPictures = () =>
  new ServeError(
    'INVALID_ARGUMENT',
    `${MANIFEST_FILE}: kind: image has no effect for a Python model, which decodes pictures itself; take them as BYTES, or declare a table or a text`,
  )

/** Removes the private copy; no worker may open it any more. */
export async function closePackage({ modelPath }: Pick<ModelPackage, 'modelPath'>): Promise<void> {
  await rm(dirname(modelPath), { recursive: true, force: true })
}

async function makeHome(privateFolder: string, prefix: string): Promise<string> {
  try {
    await mkdir(privateFolder, { recursive: true, mode: 0o700 })
    return await mkdtemp(join(privateFolder, prefix))
  } catch (cause) {
    throw new ServeError('UNAVAILABLE', 'the folder for private copies of models cannot be written', { cause })
  }
}

/** Text operators name en_US.UTF-8 unless told otherwise, which slim Linux images do not have; C.UTF-8 is on all of them. */
const TEXT_LOCALE = process.platform === 'linux' ? { textLocale: 'C.UTF-8' } : {}

interface Copied {
  readonly onnx: Omit<OnnxModel, 'rewritten'>
  readonly modelPath: string
  readonly digest: string
}

async function copyModel(path: string, home: string, manifest: Uint8Array): Promise<Copied> {
  const name = basename(path)
  const folder = new CopyingFolder(dirname(path), home, name)
  try {
    const source = await folder.open(name)
    if ('refused' in source) throw new ServeError('INVALID_ARGUMENT', `the model file ${name} cannot be used: ${source.refused}`)
    const onnx = await readOnnx(source, folder, TEXT_LOCALE)
    const modelPath = join(home, name)
    const digest = await digestOf(manifest, folder.copies)
    const { rewritten, ...rest } = onnx
    if (rewritten !== undefined) await writeFile(modelPath, rewritten, { mode: 0o600 })
    return { onnx: rest, modelPath, digest }
  } finally {
    await folder.close()
  }
}

async function digestOf(manifest: Uint8Array, files: ReadonlyMap<string, string>): Promise<string> {
  const digest = createDigest()
  digest.update(`${MANIFEST_FILE} ${manifest.byteLength}\n`).update(manifest)
  for (const [name, path] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) await addFile(digest, name, path)
  return digestText(digest)
}

/** Hashes the file's own digest after its name, so that no two lists of files run into the same bytes. */
async function addFile(digest: Hash, name: string, path: string): Promise<void> {
  const own = createDigest()
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) own.update(chunk as Buffer)
  digest.update(`${JSON.stringify(name)} ${digestText(own)}\n`)
}
