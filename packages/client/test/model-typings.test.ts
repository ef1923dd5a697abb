import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { InputInfo, ModelInfo, OutputInfo } from '@slipway/protocol'
import { typesFor } from '../src/model-typings.ts'

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url))

const input = (name: string, datatype: InputInfo['datatype'], shape: number[], as: InputInfo['as'] = { kind: 'tensor' }): InputInfo => ({
  name,
  datatype,
  shape,
  symbols: shape.map((size) => (size < 0 ? 'batch' : null)),
  as,
})
const output = (name: string, datatype: OutputInfo['datatype'], as: OutputInfo['as'] = { kind: 'tensor' }): OutputInfo => ({
  name,
  datatype,
  shape: [-1, 3],
  symbols: ['batch', null],
  as,
})
const info = (name: string, description: string, inputs: InputInfo[], outputs: OutputInfo[]): ModelInfo => ({
  name,
  serving: '2',
  versions: [],
  task: 'raw',
  description,
  inputs,
  outputs,
  metrics: {},
  batching: { on: true, maxRows: 64, why: '', learned: [] },
  plan: { replicas: 1, threads: 1, isolation: 'process', why: '' },
  rewrites: [],
  stats: {
    requests: 0,
    failures: 0,
    rows: 0,
    runs: 0,
    perSecond: 0,
    latency: { count: 0, p50: 0, p99: 0 },
    phases: {},
    queueRows: 0,
    replicas: { ready: 1, wanted: 1, crashes: 0, killed: 0 },
    batchRows: [],
  },
})

const IMAGE = { kind: 'image', channels: 1, width: 8, height: 8, fit: 'contain', invert: false, layout: 'NCHW', draw: true } as const
const MODELS = [
  info(
    'wine',
    '',
    [input('x', 'FP64', [-1, 2], { kind: 'features', names: ['alcohol', 'ash'] })],
    [output('label', 'INT64'), output('p', 'FP32')],
  ),
  info(
    'digits',
    'Handwritten digits',
    [input('image', 'FP32', [-1, 1, 8, 8], IMAGE)],
    [output('scores', 'FP32', { kind: 'scores', labels: ['zero', 'one'] })],
  ),
  info('read-it', 'Ends */ here\n"quoted"', [{ ...input('a b\'"\\', 'BYTES', [-1]), optional: true }], [output('__proto__', 'BYTES')]),
  info('read.it', '', [], []),
  info('7up', '', [], []),
]

test('one interface is written per model, the same for the same models in any order', () => {
  const text = typesFor(MODELS)
  assert.equal(text, typesFor([...MODELS].reverse()))
  assert.ok(
    text.includes(`/**
 * Handwritten digits
 * Model digits, version 2.
 */
export interface Digits {
  readonly inputs: {
    /** FP32 [batch, 1, 8, 8] */
    readonly image: InputOf<'FP32'> | EncodedInput
  }
  readonly outputs: {
    /**
     * FP32 [batch, 3]
     * Labels: zero, one
     */
    readonly scores: OutputOf<'FP32'>
  }
}
`),
    text,
  )
  assert.match(
    text,
    /export interface Models \{\n {2}readonly '7up': Model7up\n {2}readonly digits: Digits\n {2}readonly 'read-it': ReadIt\n {2}readonly 'read.it': ReadIt2\n/,
  )
})

test('only what is used is imported', () => {
  assert.ok(!typesFor([]).includes('import'))
  assert.match(typesFor(MODELS.slice(0, 1)), /import type \{ InputOf, OutputOf \} from/)
})

const USE = `import { Slipway } from '@slipway/client'
import type { Models } from './models.ts'

const slipway = new Slipway<Models>('http://127.0.0.1:8080')
export async function use(file: Blob): Promise<number | undefined> {
  const { scores } = await slipway.model('digits').predict({ image: file })
  const score: number | undefined = scores.data[0]
  await slipway.model('digits').predict({ image: { datatype: 'FP32', shape: [1, 1, 8, 8], data: new Float32Array(64) } })
  await slipway.model('digits').predict({ image: [[[[0.5]]]] })
  const { label } = await slipway.model('wine').predict({ x: [[12.5, 2]] }, { outputs: ['label'] })
  const id: bigint | undefined = label.data[0]
  const { outputs, timing } = await slipway.model('read-it').answer({ 'a b\\'"\\\\': ['text'] })
  const text: string | undefined = outputs.__proto__.data[0]
  await slipway.model('read-it').predict({})
  // @ts-expect-error: no such model
  slipway.model('digit')
  // @ts-expect-error: no such input
  await slipway.model('digits').predict({ picture: file })
  // @ts-expect-error: a picture is no row of features
  await slipway.model('wine').predict({ x: file })
  // @ts-expect-error: text is no number
  await slipway.model('wine').predict({ x: [['12.5']] })
  // @ts-expect-error: no such output
  await slipway.model('wine').predict({ x: [[12.5]] }, { outputs: ['labels'] })
  // @ts-expect-error: only the label was asked for
  const { p } = await slipway.model('wine').predict({ x: [[12.5]] }, { outputs: ['label'] })
  return id === undefined || text === undefined ? p : (score ?? timing.totalMs)
}
`

test('the compiler takes what is written, and refuses what the models do not have', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-types-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    writeFileSync(join(folder, 'models.ts'), typesFor(MODELS))
    writeFileSync(join(folder, 'use.ts'), USE)
    const paths = { '@slipway/client': [join(REPOSITORY, 'packages/client/src/main.ts')] }
    const compilerOptions = { paths, lib: ['ES2024', 'DOM', 'DOM.Iterable'], types: [], noUnusedLocals: true }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: join(REPOSITORY, 'tsconfig.base.json'), compilerOptions, files: ['models.ts', 'use.ts'] }),
    )
    const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc')
    try {
      execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
    } catch (error) {
      assert.fail((error as { stdout: string }).stdout)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
