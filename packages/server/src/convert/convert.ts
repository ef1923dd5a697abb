/** A trained model to a package: environment, conversion, proof that the answers agree, and only then the package. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tensors } from '@slipway/protocol'
import type { Environment } from '../environments/environment.ts'
import type { Environments } from '../environments/environments.ts'
import type { NamedElements } from '../models/elements.ts'
import type { Converted } from '../models/manifest-schema.ts'
import type { ParityReport } from '../models/parity.ts'
import { needsOf, withHint } from './needs.ts'
import { prove } from './proof.ts'
import { type ConvertAnswer, type ConvertRequest, runScript } from './script.ts'
import type { Source } from './source.ts'
import { writePackage } from './write-package.ts'

export interface ConvertOptions extends Pick<ConvertRequest, 'data' | 'rows' | 'opset' | 'shapes'> {
  readonly python?: string | undefined
  readonly tolerance: number
  /** Keeps a model whose answers differ by more. */
  readonly acceptDifference: boolean
  /** The package's folder. */
  readonly out: string
  /** Converts and compares, and writes no package. */
  readonly dryRun: boolean
}

export interface ConvertDeps {
  readonly environments: Environments
  /** Opens a package as serving it would. */
  readonly open: (folder: string) => Promise<AsyncDisposable & { ask(inputs: Tensors): Promise<readonly NamedElements[]> }>
  readonly onProgress: (sentence: string) => void
  readonly onRows: (done: number, total: number) => void
  readonly signal: AbortSignal
}

export interface Conversion {
  readonly report: ParityReport
  readonly converted: Converted
  /** Of the environment that both ran in. */
  readonly environment: Pick<Environment, 'id' | 'pythonVersion'>
  readonly generated: boolean
  readonly precision: 'float' | 'double'
  /** The version that was written; absent where the answers differ and nobody accepts that, and for a dry run. */
  readonly version?: string
}

interface Attempt {
  readonly made: string
  readonly precision: 'float' | 'double'
  readonly answer: ConvertAnswer
  readonly report: ParityReport
}

/** Rejects with ServeError: what is wrong with the model, its environment or its data. What answers otherwise is no error; the report says so. */
export async function convertModel(source: Source, options: ConvertOptions, deps: ConvertDeps): Promise<Conversion> {
  const spec = await needsOf(source, { python: options.python, parquet: /\.(parquet|pq)$/i.test(options.data ?? '') })
  const onProgress = (step: string) => deps.onProgress(`building its Python environment: ${step}`)
  const environment = await deps.environments.ensure(spec, { signal: deps.signal, onProgress }).catch((error: unknown) => {
    throw withHint(error, source)
  })
  const home = await mkdtemp(join(tmpdir(), 'slipway-convert-'))
  try {
    const best = await bestAttempt(home, { source, environment, options, deps })
    const converted = recordOf(source, environment, best)
    const keep = (best.report.agrees || options.acceptDifference) && !options.dryRun
    const version = keep ? await writePackage(options.out, { made: best.made, answer: best.answer, converted }) : undefined
    const { report, precision } = best
    return { report, converted, environment, generated: best.answer.generated, precision, ...(version === undefined ? {} : { version }) }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

interface Attempting {
  readonly source: Source
  readonly environment: Environment
  readonly options: ConvertOptions
  readonly deps: ConvertDeps
}

/** In FP32, and where that is not enough for a model that was fitted in FP64, in FP64. */
async function bestAttempt(home: string, given: Attempting): Promise<Attempt> {
  const first = await attempt(home, 'float', given)
  if (first.report.agrees || given.source.kind !== 'pickle') return first
  given.deps.onProgress('FP32 is not enough; converting again in FP64')
  const second = await attempt(home, 'double', given).catch(() => undefined)
  return second?.report.agrees === true ? second : first
}

async function attempt(home: string, precision: 'float' | 'double', { source, environment, options, deps }: Attempting): Promise<Attempt> {
  const made = join(home, precision)
  await mkdir(made)
  const { kind, path, factory, folder: importFrom } = source
  const { data, rows, opset, shapes, tolerance } = options
  const request = {
    kind,
    path,
    factory,
    importFrom: kind === 'factory' || kind === 'pickle' ? importFrom : undefined,
    out: made,
    data,
    rows,
    opset,
    shapes,
    precision,
  }
  const answer = await runScript(environment, request, deps)
  const trial = join(home, `${precision}-trial`)
  const draft: Converted = { from: source.name, by: answer.by, packages: {}, rows: 0, maxDifference: 0, tolerance, agrees: true }
  await writePackage(trial, { made, answer: { ...answer, examples: [] }, converted: draft })
  deps.onProgress('asking the converted model')
  await using opened = await deps.open(trial)
  const report = await prove({
    file: join(made, 'rows.jsonl'),
    tolerance,
    ask: (inputs) => opened.ask(inputs),
    onRows: (done) => deps.onRows(done, answer.rows),
  })
  return { made, precision, answer, report }
}

function recordOf({ name }: Source, environment: Environment, { answer, report }: Attempt): Converted {
  const most = Math.max(0, ...report.outputs.map(({ maxDifference }) => maxDifference))
  return {
    from: name,
    by: answer.by,
    packages: answer.packages,
    python: environment.pythonVersion,
    rows: report.rows,
    maxDifference: Number.isFinite(most) ? most : 'Infinity',
    tolerance: report.tolerance,
    agrees: report.agrees,
  }
}
