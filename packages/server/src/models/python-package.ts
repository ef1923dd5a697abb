/** A version that is a Python project: copied, its environment built, and asked there what it takes and gives. The server never runs or reads its code. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DATATYPES, type Datatype, isErrorCode, ServeError, type Signature, type TensorSpec } from '@slipway/protocol'
import { capture } from '../base/process.ts'
import { PACKAGER_NAMES } from '../config/packager.ts'
import type { Environments } from '../environments/environments.ts'
import { pythonVariables, workerScript } from '../environments/python-worker.ts'
import type { ModelFacts, PythonFacts } from './facts.ts'
import { listFolder } from './layout.ts'
import { MANIFEST_FILE } from './manifest.ts'
import { type DeclaredInputs, declaredInputs, type Manifest } from './manifest-schema.ts'
import { copyProject, placeFor } from './project-copy.ts'
import { projectEnvironment } from './project-environment.ts'

export interface PythonOptions {
  readonly environments: Environments
  /** What is being done while people wait. */
  readonly onProgress?: (sentence: string) => void
  readonly signal?: AbortSignal | undefined
}

export interface OpenedProject {
  readonly facts: ModelFacts
  readonly python: PythonFacts
  /** How people give its inputs, where the manifest does not say. */
  readonly declared: DeclaredInputs
  readonly digest: string
  readonly modelPath: string
}

interface Source {
  /** The project's folder. */
  readonly folder: string
  /** Where its examples lie. */
  readonly packageFolder: string
  readonly home: string
  readonly manifest: { readonly manifest: Manifest; readonly bytes: Uint8Array }
}

/** Importing a large framework for the first time takes a while. */
const DESCRIBE_MS = 10 * 60_000

/** Rejects with ServeError: what is wrong with the project, its environment or what it says of itself. */
export async function openProject(source: Source, options: PythonOptions): Promise<OpenedProject> {
  const { manifest, bytes } = source.manifest
  const modelPath = await placeFor(source.home)
  const { digest, sizeBytes } = await copyProject(source.folder, modelPath, bytes)
  const { project, spec } = await projectEnvironment(modelPath, manifest)
  const { packager } = project
  const environment = await options.environments.ensure(spec, {
    ...options,
    onProgress: (step) => options.onProgress?.(`building its Python environment: ${step}`),
  })
  options.onProgress?.(`asking ${PACKAGER_NAMES[packager]} what it takes`)
  const config = { ...project.config, ...(manifest.python.entry === undefined ? {} : { entry: manifest.python.entry }) }
  const request = {
    packager,
    folder: modelPath,
    config,
    signature: manifestSignature(manifest),
    batched: manifest.python.batched,
    example: await firstExample(source.packageFolder),
  }
  const { variables } = manifest.python
  const told = await describe(environment.python, { ...pythonVariables(environment), ...variables }, request, options.signal)
  const { entry, batched, why, takesBody, from } = told
  return {
    modelPath,
    digest,
    facts: factsOf(told, sizeBytes),
    declared: declaredInputs.parse(told.declared),
    python: { packager, entry, batched, why, takesBody, from, config, variables, environment },
  }
}

interface Told {
  readonly signature: { readonly inputs: readonly SaidSpec[]; readonly outputs: readonly SaidSpec[] }
  readonly from: PythonFacts['from']
  readonly batched: boolean
  readonly why: string
  readonly takesBody: boolean
  readonly declared: unknown
  readonly entry: string
}

interface SaidSpec {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly optional?: boolean
}

async function describe(
  python: string,
  env: Readonly<Record<string, string>>,
  request: object,
  signal: AbortSignal | undefined,
): Promise<Told> {
  const answer = await capture({
    command: python,
    args: ['-I', '-u', workerScript(), '--describe'],
    env,
    input: JSON.stringify(request),
    timeoutMs: DESCRIBE_MS,
    signal,
  })
  const line = answer.stdout.trim().split('\n').at(-1) ?? ''
  const told = parse(line)
  if (told === undefined) {
    const how = answer.signal ?? `exit code ${answer.code}`
    throw new ServeError('FAILED_PRECONDITION', `the project ended its process (${how}) while it was imported`, {
      cause: new Error(answer.lines.slice(-20).join('\n')),
    })
  }
  if ('error' in told) {
    const { code, message, detail } = told.error
    const cause = detail === undefined || detail === null ? {} : { cause: new Error(detail) }
    throw new ServeError(isErrorCode(code) ? code : 'FAILED_PRECONDITION', message, cause)
  }
  return told
}

function parse(
  line: string,
): Told | { readonly error: { readonly code: string; readonly message: string; readonly detail?: string | null } } | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function factsOf({ signature, batched, why }: Told, sizeBytes: number): ModelFacts {
  const free = [...signature.inputs, ...signature.outputs].every(({ shape }) => shape[0] === -1)
  return {
    signature: { inputs: specsOf(signature.inputs, batched), outputs: specsOf(signature.outputs, batched) } satisfies Signature,
    defaults: new Map(),
    batch: batched && free ? { batchable: true, symbol: 'batch' } : { batchable: false, why: batched ? 'a first size is not free' : why },
    labels: new Map(),
    parameters: 0,
    sizeBytes,
    operators: [],
    rewrites: [],
  }
}

function specsOf(said: readonly SaidSpec[], batched: boolean): readonly TensorSpec[] {
  return said.map(({ name, datatype, shape, optional }) => {
    if (!(DATATYPES as readonly string[]).includes(datatype))
      throw new ServeError('FAILED_PRECONDITION', `"${name}" has datatype ${datatype}, which is none of ${DATATYPES.join(', ')}`)
    const symbols = shape.map((size, index) => (index === 0 && size === -1 && batched ? 'batch' : null))
    return { name, datatype: datatype as Datatype, shape, symbols, ...(optional === true ? { optional } : {}) }
  })
}

function manifestSignature({ signature }: Manifest): object | undefined {
  if (signature === undefined) return undefined
  const side = (specs: (typeof signature)['inputs']) => Object.entries(specs).map(([name, spec]) => ({ name, ...spec }))
  return { inputs: side(signature.inputs), outputs: side(signature.outputs) }
}

/** The first example that is a request of tensors, as its file says it. */
async function firstExample(packageFolder: string): Promise<unknown> {
  const place = join(packageFolder, 'examples')
  for (const { name } of await listFolder(place)) {
    if (!name.endsWith('.json')) continue
    try {
      const { request, response } = JSON.parse(await readFile(join(place, name), 'utf8')) as {
        readonly request?: { readonly inputs?: unknown }
        readonly response?: unknown
      }
      if (Array.isArray(request?.inputs)) return { ...request, ...(response === undefined ? {} : { response }) }
    } catch {
      // It is named among the warnings of the package, where all examples are read.
    }
  }
  return undefined
}

/** Why a manifest cannot be that of an ONNX model, if so. */
export function refusePythonKeys(manifest: Manifest): void {
  const { signature, python, allowCode } = manifest
  const isSet = Object.entries(python).some(([key, value]) => key !== 'variables' || Object.keys(value as object).length > 0)
  const key = signature !== undefined ? 'signature' : isSet ? 'python' : allowCode ? 'allowCode' : undefined
  if (key !== undefined)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${MANIFEST_FILE}: ${key} has no effect for an ONNX model, only for a Python project; remove it`,
    )
}
