/** One framework, served as it is and asked over HTTP, against what it answers in a process of its own. Reports its row. */
import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ModelInfo, ServeError } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import type { Environment } from '../../src/environments/environment.ts'
import { type SlipwayProcess, startSlipway } from './e2e/slipway-process.ts'
import { FRAMEWORK_ENVIRONMENTS, type OwnAnswer, type Prepared, type ProjectOptions, prepared, type Said } from './framework-project.ts'
import { type FrameworkRow, reportRow } from './framework-row.ts'

export type Value = Said['data'][number]

export interface FrameworkOptions extends ProjectOptions {
  readonly framework: string
  /** Its name among packages, whose version is told; none for a packager that is only a layout. */
  readonly distribution?: string
  readonly way: string
  /** How far a number may be from the framework's own; 0 for bit for bit. */
  readonly tolerance: number
  /** The packager's or the framework's own wire format: the values of all outputs, in the order of the own answer. */
  readonly dialect?: Dialect
}

export interface Dialect {
  readonly name: string
  ask(server: Asked): Promise<readonly Value[]>
}

export interface Asked {
  readonly url: string
  readonly model: string
  readonly own: OwnAnswer
}

/** Posts JSON and answers what comes back; rejects with it when the status is not 2xx. */
export async function postJson(url: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${new URL(url).pathname} answered ${answer.status}: ${text.slice(0, 1000)}`)
  return JSON.parse(text)
}

/** Flat data in rows as the shape has them. */
export function nested(data: readonly Value[], shape: readonly number[]): unknown {
  if (shape.length === 0) return data[0]
  const [rows = 0, ...rest] = shape
  const size = data.length / rows
  return Array.from({ length: rows }, (_, row) => nested(data.slice(row * size, (row + 1) * size), rest))
}

export const flat = (value: unknown): readonly Value[] => (Array.isArray(value) ? value.flatMap(flat) : [value as Value])

export function frameworkTest(options: FrameworkOptions): void {
  const name = `${options.framework}, ${options.way}: answers over HTTP what it answers in a process of its own`
  test(name, needs('python', 'linux'), (context) => compare(options, context))
}

async function compare(options: FrameworkOptions, context: TestContext): Promise<void> {
  const { framework, way, tolerance, dialect } = options
  const project = await prepared(options).catch((error: Error) => error)
  if (project instanceof Error) {
    // Anything but the environment is a fault of the test or of the product.
    if (!(project instanceof ServeError)) throw project
    const note = lastLine(project.message)
    reportRow({ framework, way, version: '', python: '', input: '', verdict: 'not installable', note })
    return context.skip(`${framework} could not be installed: ${note}`)
  }
  const { environment, buildSeconds, own } = project
  const row = {
    framework,
    way,
    version: versionOf(environment, options.distribution),
    python: environment.pythonVersion,
    input: inputText(own),
    tolerance,
    ...(buildSeconds === undefined ? {} : { buildSeconds }),
    note: ['V2', ...(dialect === undefined ? [] : [dialect.name])].join(', '),
  } satisfies Partial<FrameworkRow>
  try {
    const maxDifference = await served(project, options)
    reportRow({ ...row, maxDifference, verdict: maxDifference <= tolerance ? 'same' : 'differs' })
    assert.ok(maxDifference <= tolerance, `the largest difference is ${maxDifference}, and may be ${tolerance}`)
  } catch (error) {
    if (!(error instanceof assert.AssertionError)) reportRow({ ...row, verdict: 'differs', note: lastLine((error as Error).message) })
    throw error
  }
}

export const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 200) ?? ''

/** Of what was installed; a dash where nothing is named. */
export function versionOf({ packages }: Environment, distribution: string | undefined): string {
  if (distribution === undefined) return '–'
  const named = (name: string) => name.toLowerCase().replace(/[._-]+/g, '-')
  return packages.find(({ name }) => named(name) === distribution)?.version ?? assert.fail(`no ${distribution} in its environment`)
}

/** Datatype and shape of each input. */
export const inputText = ({ inputs }: OwnAnswer): string =>
  inputs.map(({ datatype, shape }) => `${datatype} [${shape.join(', ')}]`).join(', ')

/** The largest difference of what comes by V2 and by the own dialect. */
async function served(project: Prepared, { dialect }: FrameworkOptions): Promise<number> {
  const model = basename(project.folder)
  const env = { SLIPWAY_ENVIRONMENTS_FOLDER: FRAMEWORK_ENVIRONMENTS, SLIPWAY_STORE_URL: 'memory:', SLIPWAY_REPLICAS_COUNT: '1' }
  const slipway = await startSlipway({ paths: [project.folder], flags: ['--default-model', model], env })
  try {
    const info = (await (await fetch(`${slipway.url}/api/v1/models/${model}`)).json()) as ModelInfo
    assert.equal(info.python?.environment.id, project.environment.id, `it runs in the environment that was built\n${slipway.printed()}`)
    const asked = { url: slipway.url, model, own: project.own }
    const byV2 = differenceOf(project.own.outputs, await askV2(asked, slipway))
    if (dialect === undefined) return byV2
    return Math.max(byV2, furthest(project.own.outputs, await dialect.ask(asked)))
  } finally {
    await slipway.stop()
  }
}

async function askV2({ url, model, own }: Asked, slipway: SlipwayProcess): Promise<readonly Said[]> {
  const answer = await postJson(`${url}/v2/models/${model}/infer`, { inputs: own.inputs }).catch((error: Error) => {
    throw new Error(`${error.message}\n${slipway.printed()}`)
  })
  return (answer as { readonly outputs: readonly Said[] }).outputs
}

function differenceOf(wanted: readonly Said[], got: readonly Said[]): number {
  const values = wanted.flatMap(({ name, datatype, shape }) => {
    const given =
      got.find((output) => output.name === name) ?? assert.fail(`no output ${name} among ${got.map((one) => one.name).join(', ')}`)
    assert.deepEqual([given.datatype, given.shape], [datatype, shape], `output ${name}`)
    return given.data
  })
  return furthest(wanted, values)
}

/** Infinite where a text or a truth is another. */
function furthest(outputs: readonly Said[], got: readonly Value[]): number {
  // JSON has the shortest text of a number of 32 bits, which as one of 64 is another.
  const wanted = outputs.flatMap(({ datatype, data }) =>
    data.map((value) => ({ value, exact: datatype === 'FP32' ? Math.fround : Number })),
  )
  assert.equal(got.length, wanted.length, 'as many values as the framework answers itself')
  const between = (value: Value, other: Value | undefined, exact: (value: number) => number) => {
    if (typeof value === 'number' && typeof other === 'number') return Math.abs(exact(value) - exact(other))
    return value === other ? 0 : Number.POSITIVE_INFINITY
  }
  return wanted.reduce<number>((most, { value, exact }, index) => Math.max(most, between(value, got[index], exact)), 0)
}
