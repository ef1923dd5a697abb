/** What is asked: models, the rows that are sent to them, how many callers ask at once, and how often it is measured. */
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { createRandom } from '../../packages/server/src/base/random.ts'
import { IMAGE } from '../payload.ts'
import { MODELS as FIXTURES } from '../servers.ts'
import { MODELS } from './make-models.ts'

export type CaseName = 'digits' | 'mlp' | 'image' | 'mobilenet' | 'bert6'

/** An input of one row, without the batch dimension. */
export interface RowInput {
  readonly name: string
  readonly datatype: 'FP32' | 'INT64'
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

export interface Row {
  readonly inputs: readonly RowInput[]
  /** What onnxruntime answers to it alone. */
  readonly answer: readonly number[]
}

export interface Case {
  readonly name: CaseName
  readonly title: string
  /** What `slipway serve` is given, and the file within. */
  readonly path: string
  readonly file: string
  /** The name under which Slipway serves it. */
  readonly model: string
  /** Values as JSON numbers, or as octets where the server has such a form. */
  readonly sent: 'json' | 'binary'
  readonly rounds: number
  /** True for models of milliseconds a row, which are compared with bare onnxruntime. */
  readonly heavy: boolean
  readonly rows: readonly Row[]
}

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples', 'models')
/** Callers at once. */
export const CONNECTIONS = [1, 32, 128]
/** Lengths of the token sequences, by turns. */
export const SEQUENCES = [16, 24, 32, 48, 64, 80, 96, 128]

const fp32 = (name: string, shape: readonly number[], values: readonly number[]): RowInput => ({ name, datatype: 'FP32', shape, values })

function tokens(length: number): readonly RowInput[] {
  const next = createRandom(length)
  const ids = Array.from({ length }, () => 1 + Math.floor(next() * 8191))
  return [
    { name: 'input_ids', datatype: 'INT64', shape: [length], values: ids },
    { name: 'attention_mask', datatype: 'INT64', shape: [length], values: ids.map(() => 1) },
  ]
}

function inputsOf(name: CaseName): readonly (readonly RowInput[])[] {
  const next = createRandom(7)
  if (name === 'digits')
    return [
      [
        fp32(
          'image',
          [1, 8, 8],
          Array.from({ length: 64 }, () => Math.floor(next() * 17) / 16),
        ),
      ],
    ]
  if (name === 'mlp')
    return [
      [
        fp32(
          'x',
          [256],
          Array.from({ length: 256 }, () => Number((next() * 4 - 2).toFixed(6))),
        ),
      ],
    ]
  if (name === 'bert6') return SEQUENCES.map(tokens)
  return [[fp32('image', [3, 224, 224], [...IMAGE])]]
}

const made = (model: string) => ({ model, path: join(MODELS, model), file: join(MODELS, model, '1', 'model.onnx') })
const DIGITS = join(EXAMPLES, 'digits')
const IMAGE224 = join(FIXTURES, 'image224.onnx')
const SMALL = { sent: 'json', heavy: false } as const
const HEAVY = { sent: 'binary', heavy: true } as const

const CASES: readonly Omit<Case, 'rows'>[] = [
  {
    name: 'digits',
    title: 'digits example, one row of 64 floats as JSON',
    model: 'digits',
    path: DIGITS,
    file: join(DIGITS, '1', 'model.onnx'),
    rounds: 3,
    ...SMALL,
  },
  { name: 'mlp', title: '256 → 1024 → 1024 → 16 MLP, one row of 256 floats as JSON', ...made('mlp'), rounds: 2, ...SMALL },
  {
    name: 'image',
    title: 'image tensor of 602 KB FP32 to a model of 0.1 ms, binary where the server takes it',
    model: 'image224',
    path: IMAGE224,
    file: IMAGE224,
    sent: 'binary',
    rounds: 2,
    heavy: false,
  },
  {
    name: 'mobilenet',
    title: 'MobileNetV2 with random weights, 300 million products a row, the same tensor',
    ...made('mobilenet'),
    rounds: 2,
    ...HEAVY,
  },
  {
    name: 'bert6',
    title: `six-layer encoder of width 384, sequences of ${SEQUENCES.join(', ')} tokens by turns, binary where the server takes it`,
    ...made('bert6'),
    rounds: 2,
    ...HEAVY,
  },
]

export const CASE_NAMES: readonly CaseName[] = CASES.map(({ name }) => name)

function tensorOf({ datatype, shape, values }: RowInput): Tensor {
  const dims = [1, ...shape]
  return datatype === 'FP32'
    ? new Tensor('float32', Float32Array.from(values), dims)
    : new Tensor('int64', BigInt64Array.from(values, BigInt), dims)
}

/** The cases with what bare onnxruntime answers to each row. */
export async function prepareCases(names: readonly CaseName[]): Promise<readonly Case[]> {
  const prepared: Case[] = []
  for (const each of CASES.filter(({ name }) => names.includes(name))) {
    const session = await InferenceSession.create(each.file)
    const rows: Row[] = []
    for (const inputs of inputsOf(each.name)) {
      const outputs = await session.run(Object.fromEntries(inputs.map((input) => [input.name, tensorOf(input)])))
      rows.push({ inputs, answer: [...((outputs[session.outputNames[0] as string] as Tensor).data as Float32Array)] })
    }
    await session.release()
    prepared.push({ ...each, rows })
  }
  return prepared
}
