/** One framework's model, converted by the real command, served by the real server, and held against what the framework answers. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ModelInfo, ServeError } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { slipway } from '../cli/run-command.ts'
import { startSlipway } from './e2e/slipway-process.ts'
import { plain } from './framework-dialects.ts'
import { FRAMEWORK_ENVIRONMENTS, type OwnAnswer, prepared, type Said } from './framework-project.ts'
import { reportRow } from './framework-row.ts'
import { lastLine, postJson } from './framework-test.ts'

type Value = Said['data'][number]

export interface ConvertOptions {
  readonly framework: string
  /** A folder of test/frameworks/projects, or an absolute path. */
  readonly project: string
  /** What asks the framework in its own process, where training does not. */
  readonly script?: string
  /** What `slipway convert` is given, within the project. */
  readonly source: string
  readonly flags?: readonly string[]
  /** The converted model's output that the only one of the own answer is, where it has several. */
  readonly output?: string
}

/** As `slipway convert` has it when nobody says otherwise: absolutely within 1, as a share beyond. */
const TOLERANCE = 1e-4
const WAY = 'converted'

export function convertTest(options: ConvertOptions): void {
  const name = `${options.framework}, converted: answers over HTTP what the framework answers`
  test(name, needs('python', 'linux'), (context) => compare(options, context))
}

async function compare(options: ConvertOptions, context: TestContext): Promise<void> {
  const { framework } = options
  const nothing = { framework, way: WAY, version: '', python: '', input: '' }
  const skip = (note: string) => {
    reportRow({ ...nothing, verdict: 'not installable', note })
    context.skip(`${framework} could not be installed: ${note}`)
  }
  const project = await prepared({ ...options, packager: 'slipway' }).catch((error: Error) => error)
  if (project instanceof Error) {
    if (!(project instanceof ServeError)) throw project
    return skip(lastLine(project.message))
  }
  const env = { SLIPWAY_ENVIRONMENTS_FOLDER: FRAMEWORK_ENVIRONMENTS, SLIPWAY_STORE_URL: 'memory:', HOME: process.env.HOME ?? '/tmp' }
  const target = join(project.folder, 'converted')
  const source = join(project.folder, options.source)
  const began = performance.now()
  const done = await slipway(['convert', source, ...(options.flags ?? []), '--out', target, '--json'], { env })
  const seconds = (performance.now() - began) / 1000
  if (/Python environment .* could not be built/.test(done.stderr)) return skip(lastLine(done.stderr))
  const row = { ...nothing, python: project.environment.pythonVersion, buildSeconds: seconds, tolerance: TOLERANCE }
  try {
    assert.equal(done.code, 0, `${done.stdout}\n${done.stderr}`)
    const { converted } = JSON.parse(done.stdout) as { converted: { by: string; packages: Record<string, string>; python: string } }
    const maxDifference = await served(target, project.own, options, env)
    const version = Object.entries(converted.packages).find(([name]) => framework.toLowerCase().startsWith(name.split('-')[0] ?? ''))?.[1]
    reportRow({
      ...row,
      version: version ?? Object.values(converted.packages)[0] ?? '',
      python: converted.python,
      input: project.own.inputs.map(({ datatype, shape }) => `${datatype} [${shape.join(', ')}]`).join(', '),
      maxDifference,
      verdict: maxDifference <= TOLERANCE ? 'same' : 'differs',
      note: `V2, plain; by ${converted.by}`,
    })
    assert.ok(maxDifference <= TOLERANCE, `the largest difference is ${maxDifference}, and may be ${TOLERANCE}`)
  } catch (error) {
    if (!(error instanceof assert.AssertionError && /largest difference/.test(error.message)))
      reportRow({ ...row, verdict: 'differs', note: lastLine((error as Error).message) })
    throw error
  }
}

/** The largest difference over all rows at once, a single row, and the plain API. */
async function served(folder: string, own: OwnAnswer, { output }: ConvertOptions, env: Readonly<Record<string, string>>): Promise<number> {
  const model = 'converted'
  const server = await startSlipway({ paths: [folder], env: { ...env, SLIPWAY_REPLICAS_COUNT: '1' } })
  try {
    const info = (await (await fetch(`${server.url}/api/v1/models/${model}`)).json()) as ModelInfo
    const asked = askedOf(own, info, output)
    const infer = async (answer: OwnAnswer) => {
      const { outputs: got } = (await postJson(`${server.url}/v2/models/${model}/infer`, { inputs: answer.inputs })) as {
        readonly outputs: readonly Said[]
      }
      return answer.outputs.flatMap(({ name }) => got.find((one) => one.name === name)?.data ?? assert.fail(`no output ${name}`))
    }
    const one = firstRow(asked)
    return Math.max(
      furthest(asked, await infer(asked)),
      furthest(one, await infer(one)),
      furthest(asked, await plain.ask({ url: server.url, model, own: asked })),
    )
  } finally {
    await server.stop()
  }
}

/** The own answer under the names and datatypes of the converted model; its inputs and outputs are in the same order. */
function askedOf(own: OwnAnswer, { inputs, outputs }: ModelInfo, only: string | undefined): OwnAnswer {
  assert.equal(inputs.length, own.inputs.length, `inputs: ${inputs.map(({ name }) => name).join(', ')}`)
  const named = new Map(
    inputs.map((spec, index) => [own.inputs.some(({ name }) => name === spec.name) ? spec.name : own.inputs[index]?.name, spec]),
  )
  return {
    inputs: own.inputs.map((input) => {
      const spec = named.get(input.name) ?? assert.fail(`no input for ${input.name}`)
      return { ...input, name: spec.name, datatype: spec.datatype }
    }),
    outputs: own.outputs.map((output, index) => ({ ...output, name: only ?? outputs[index]?.name ?? output.name })),
  }
}

function firstRow({ inputs, outputs }: OwnAnswer): OwnAnswer {
  const first = (said: Said): Said => {
    const [rows = 1, ...rest] = said.shape
    return { ...said, shape: [1, ...rest], data: said.data.slice(0, said.data.length / rows) }
  }
  return { inputs: inputs.map(first), outputs: outputs.map(first) }
}

/** Absolute within 1, relative beyond; infinite where a text or a label is another. */
function furthest({ outputs }: OwnAnswer, got: readonly Value[]): number {
  const wanted = outputs.flatMap(({ data }) => data)
  assert.equal(got.length, wanted.length, 'as many values as the framework answers itself')
  return wanted.reduce<number>((most, value, index) => {
    const other = got[index]
    if (typeof value !== 'number' || typeof other !== 'number') return value === other ? most : Number.POSITIVE_INFINITY
    return Math.max(most, Math.abs(value - other) / Math.max(1, Math.abs(value)))
  }, 0)
}
