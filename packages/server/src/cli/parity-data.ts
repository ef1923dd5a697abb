/** What two models are asked when they are compared: the rows of a file, the examples of a package, or generated rows. */
import {
  createData,
  type Datatype,
  isDatatype,
  numbersOf,
  quoted,
  type Tensor,
  type TensorSpec,
  type Tensors,
  tensor,
} from '@slipway/protocol'
import { sampleInputs } from '../serving/samples.ts'
import { CommandError, EXIT } from './exit.ts'
import { fileInputs, type InputFile } from './input-file.ts'
import type { ParityRows } from './parity-run.ts'
import type { Predictor } from './predictor.ts'

export interface ParityData {
  readonly rows: readonly ParityRows[]
  /** Where they come from, for people. */
  readonly from: string
}

interface Sides {
  readonly reference: Predictor
  readonly candidate: Predictor
}

/** The rows of the file, read as each of the two takes them. */
export function rowsOfFile(file: InputFile, { reference, candidate }: Sides): ParityData {
  const rows = { reference: fileInputs(file, reference.inputs), candidate: fileInputs(file, candidate.inputs) }
  return { rows: [rows], from: file.name }
}

/** The examples of either, and rows made from the signature of the first. */
export function rowsWithoutFile({ reference, candidate }: Sides, count: number): ParityData {
  const examples = [...reference.examples, ...candidate.examples]
  const generated = generate(reference, count)
  const from = [
    ...(examples.length === 0 ? [] : [`${examples.length} examples`]),
    ...(generated.length === 0 ? [] : [`${count} rows made up from the signature`]),
  ].join(' and ')
  return { rows: [...examples, ...generated].map((inputs) => ({ reference: inputs, candidate: fitted(inputs, candidate) })), from }
}

/** Sizes that the signature leaves open have some value that the model takes; this is the one most do. */
const FREE = 8

function generate({ inputs }: Predictor, count: number): readonly Tensors[] {
  const free = inputs.filter(({ optional }) => optional !== true).every(({ shape }) => shape[0] === -1)
  const signature = { inputs, outputs: [] }
  if (free) return [sampleInputs(signature, count, { seed: 1, free: FREE })]
  return Array.from({ length: Math.min(count, 20) }, (_, index) => sampleInputs(signature, 1, { seed: index + 1, free: FREE }))
}

/** The same values as the other model takes them. */
function fitted(tensors: Tensors, { inputs, model }: Predictor): Tensors {
  return new Map(
    [...tensors].map(([name, value]) => {
      const spec = inputs.find((input) => input.name === name)
      if (spec === undefined)
        throw new CommandError(
          EXIT.usage,
          `the two do not take the same: ${quoted(model)} has no input ${quoted(name)}; compare them on a file with --data`,
        )
      return [name, cast(value, spec)]
    }),
  )
}

function cast(value: Tensor, { name, datatype, shape }: TensorSpec): Tensor {
  const sizes = shapedAs(value.shape, shape)
  if (value.datatype === datatype) return tensor(datatype, sizes, value.data)
  const refused = ['BYTES', 'FP16', 'BF16']
  if (!isDatatype(datatype) || refused.includes(datatype) || refused.includes(value.datatype))
    throw new CommandError(
      EXIT.usage,
      `input ${quoted(name)} is ${value.datatype} for one and ${datatype} for the other; compare them on a file with --data`,
    )
  const data = createData(datatype as Exclude<Datatype, 'BYTES'>, value.data.length)
  const long = datatype === 'INT64' || datatype === 'UINT64'
  for (const [index, number] of numbersOf(value).entries()) data[index] = long ? BigInt(Math.trunc(number)) : number
  return tensor(datatype, sizes, data)
}

/** A column [n] is a table [n, 1] to some. */
function shapedAs(shape: readonly number[], wanted: readonly number[]): readonly number[] {
  if (shape.length === 1 && wanted.length === 2 && wanted[1] === 1) return [...shape, 1]
  if (shape.length === 2 && shape[1] === 1 && wanted.length === 1) return shape.slice(0, 1)
  return shape
}
