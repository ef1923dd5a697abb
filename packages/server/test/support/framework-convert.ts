/** One framework's model, converted by `slipway convert`, served, and asked over HTTP, against what the framework answers. Reports its row. */
import assert from 'node:assert/strict'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ModelInfo, ServeError } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { needsOf } from '../../src/convert/needs.ts'
import { readSource } from '../../src/convert/source.ts'
import { slipway } from '../cli/run-command.ts'
import { type SlipwayProcess, startSlipway } from './e2e/slipway-process.ts'
import { type Built, built, FRAMEWORK_ENVIRONMENTS, type OwnAnswer, prepared, type Said } from './framework-project.ts'
import { type FrameworkRow, reportRow } from './framework-row.ts'
import { type Dialect, inputText, lastLine, postJson, type Value, versionOf } from './framework-test.ts'

export interface ConvertedOptions {
  readonly framework: string
  /** Its name among packages, whose version is told. */
  readonly distribution: string
  /** A folder of test/frameworks/projects, or an absolute path. */
  readonly project: string
  /** What asks the framework in its own process, in test/frameworks/projects, where training does not. */
  readonly script?: string
  /** What `slipway convert` is given, within the project. */
  readonly source: string
  readonly flags?: readonly string[]
  /** The converted model's outputs that stand for those of the own answer, in their order. */
  readonly outputs: readonly string[]
  readonly dialect: Dialect
}

/** Within 1 absolutely and beyond it as a share, as `slipway convert` has it when nobody says otherwise. */
const TOLERANCE = 1e-4
const ENV = { SLIPWAY_ENVIRONMENTS_FOLDER: FRAMEWORK_ENVIRONMENTS, SLIPWAY_STORE_URL: 'memory:', SLIPWAY_REPLICAS_COUNT: '1' }

export function convertedTest(options: ConvertedOptions): void {
  const name = `${options.framework}, converted: answers over HTTP what the framework answers in a process of its own`
  test(name, needs('python', 'linux'), (context) => compare(options, context))
}

interface Ready extends Built {
  /** The model's file or folder, or the function that makes it. */
  readonly source: string
  readonly folder: string
  readonly own: OwnAnswer
}

/** The model, trained, and the environment that the command will convert it in. */
async function ready(options: ConvertedOptions): Promise<Ready> {
  const { folder, own } = await prepared({ ...options, packager: 'slipway' })
  const source = join(folder, options.source)
  return { folder, source, own, ...(await built(await needsOf(await readSource(source), { parquet: false }))) }
}

async function compare(options: ConvertedOptions, context: TestContext): Promise<void> {
  const { framework, dialect } = options
  const way = 'converted'
  const model = await ready(options).catch((error: Error) => error)
  if (model instanceof Error) {
    if (!(model instanceof ServeError)) throw model
    const note = lastLine(model.message)
    reportRow({ framework, way, version: '', python: '', input: '', verdict: 'not installable', note })
    return context.skip(`${framework} could not be installed: ${note}`)
  }
  const { environment, buildSeconds, own } = model
  const row = {
    framework,
    way,
    version: versionOf(environment, options.distribution),
    python: environment.pythonVersion,
    input: inputText(own),
    tolerance: TOLERANCE,
    ...(buildSeconds === undefined ? {} : { buildSeconds }),
  } satisfies Partial<FrameworkRow>
  try {
    const { by, folder } = await converted(model, options)
    const most = await served(folder, own, options)
    const well = most.difference <= TOLERANCE
    reportRow({ ...row, maxDifference: most.absolute, verdict: well ? 'same' : 'differs', note: `V2, ${dialect.name}; converted by ${by}` })
    assert.ok(well, `the largest difference is ${most.difference}, and may be ${TOLERANCE}`)
  } catch (error) {
    const compared = error instanceof assert.AssertionError && error.message.startsWith('the largest difference')
    if (!compared) reportRow({ ...row, verdict: 'differs', note: lastLine((error as Error).message) })
    throw error
  }
}

/** By the command; the package's folder, and what converted it. */
async function converted(
  { source, folder, environment }: Ready,
  { flags = [] }: ConvertedOptions,
): Promise<{ folder: string; by: string }> {
  const out = join(folder, 'converted')
  const { code, stdout, stderr } = await slipway(['convert', source, ...flags, '--out', out, '--json'], { env: ENV })
  assert.equal(code, 0, `slipway convert ended with ${code}: ${stderr}\n${stdout}`)
  const said = JSON.parse(stdout)
  assert.equal(said.environment.id, environment.id, 'it converts in the environment that was built')
  return { folder: out, by: said.converted.by }
}

interface Most {
  readonly absolute: number
  /** As a share beyond 1. */
  readonly difference: number
}

/** The largest differences over all rows at once, over one row, and by the other wire format. */
async function served(folder: string, own: OwnAnswer, { outputs, dialect }: ConvertedOptions): Promise<Most> {
  const model = basename(folder)
  const server = await startSlipway({ paths: [folder], flags: ['--default-model', model], env: ENV })
  try {
    const info = (await (await fetch(`${server.url}/api/v1/models/${model}`)).json()) as ModelInfo
    for (const { name, shape } of [...info.inputs, ...info.outputs]) assert.equal(shape[0], -1, `${name}: any number of rows`)
    const all = named(own, info, outputs)
    const one = firstRow(all)
    const answers = [
      furthest(all, await askV2(server, model, all)),
      furthest(one, await askV2(server, model, one)),
      furthest(all, await dialect.ask({ url: server.url, model, own: all })),
    ]
    const most = (of: (answer: Most) => number) => Math.max(...answers.map(of))
    return { absolute: most(({ absolute }) => absolute), difference: most(({ difference }) => difference) }
  } finally {
    await server.stop()
  }
}

async function askV2({ url, printed }: SlipwayProcess, model: string, { inputs, outputs }: OwnAnswer): Promise<readonly Value[]> {
  const asked = postJson(`${url}/v2/models/${model}/infer`, { inputs, outputs: outputs.map(({ name }) => ({ name })) })
  const answer = await asked.catch((error: Error) => {
    throw new Error(`${error.message}\n${printed()}`)
  })
  const got = (answer as { readonly outputs: readonly Said[] }).outputs
  return outputs.flatMap(({ name }) => got.find((one) => one.name === name)?.data ?? assert.fail(`no output ${name}`))
}

/** The own answer as the converted model names it: inputs of the same name or else in the same order, in its datatypes. */
function named(own: OwnAnswer, { inputs }: ModelInfo, outputs: readonly string[]): OwnAnswer {
  const specs = own.inputs.map(({ name }, index) => inputs.find((spec) => spec.name === name) ?? inputs[index] ?? assert.fail(`no ${name}`))
  assert.deepEqual(specs.map(({ name }) => name).sort(), inputs.map(({ name }) => name).sort(), 'each input once')
  assert.equal(outputs.length, own.outputs.length)
  return {
    inputs: own.inputs.map((input, index) => ({ ...input, ...pick(specs[index] as ModelInfo['inputs'][number]) })),
    outputs: own.outputs.map((output, index) => ({ ...output, name: outputs[index] as string })),
  }
}

const pick = ({ name, datatype }: { readonly name: string; readonly datatype: string }) => ({ name, datatype })

function firstRow({ inputs, outputs }: OwnAnswer): OwnAnswer {
  const first = (said: Said): Said => {
    const [rows = 1, ...rest] = said.shape
    return { ...said, shape: [1, ...rest], data: said.data.slice(0, said.data.length / rows) }
  }
  return { inputs: inputs.map(first), outputs: outputs.map(first) }
}

/** Infinite where a text or a label is another. */
function furthest({ outputs }: OwnAnswer, got: readonly Value[]): Most {
  const wanted = outputs.flatMap(({ datatype, data }) => data.map((value) => ({ value, whole: !datatype.startsWith('FP') })))
  assert.equal(got.length, wanted.length, 'as many values as the framework answers itself')
  const differences = wanted.map(({ value, whole }, index) => {
    const other = got[index]
    if (typeof value !== 'number' || typeof other !== 'number' || whole) return { absolute: value === other ? 0 : Infinity, of: 1 }
    return { absolute: Math.abs(value - other), of: Math.max(1, Math.abs(value)) }
  })
  return {
    absolute: Math.max(...differences.map(({ absolute }) => absolute)),
    difference: Math.max(...differences.map(({ absolute, of }) => absolute / of)),
  }
}
