/** Runs a model in the real runtime, to see that what this package says and writes is true. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { OnnxModel } from '../../src/main.ts'

/** A tensor as the golden files and the tests write it: whole numbers of 64 bits and text as text. */
export interface Values {
  readonly shape: readonly number[]
  readonly data: readonly (number | string)[]
}

/** What the model answers under each output of its signature. `file` is the path of the file or its bytes. */
export async function run(
  file: string | Uint8Array,
  model: OnnxModel,
  inputs: Readonly<Record<string, Values>>,
): Promise<Record<string, Values>> {
  const options: InferenceSession.SessionOptions = { logSeverityLevel: 4 }
  const session = await (typeof file === 'string' ? InferenceSession.create(file, options) : InferenceSession.create(file, options))
  const feeds = Object.fromEntries(
    model.signature.inputs
      .filter(({ name }) => inputs[name] !== undefined)
      .map(({ name, datatype }) => [name, tensorOf(datatype, inputs[name] as Values)]),
  )
  const answered = await session.run(
    feeds,
    model.signature.outputs.map(({ name }) => name),
  )
  await session.release()
  return Object.fromEntries(Object.entries(answered).map(([name, value]) => [name, valuesOf(value)]))
}

function tensorOf(datatype: string, { shape, data }: Values): Tensor {
  if (datatype === 'BYTES') return new Tensor('string', data.map(String), shape)
  if (datatype === 'INT64') return new Tensor('int64', BigInt64Array.from(data.map(BigInt)), shape)
  if (datatype === 'BOOL') return new Tensor('bool', Uint8Array.from(data.map(Number)), shape)
  const numbers = data.map(Number)
  return datatype === 'FP64'
    ? new Tensor('float64', Float64Array.from(numbers), shape)
    : new Tensor('float32', Float32Array.from(numbers), shape)
}

function valuesOf(value: Tensor): Values {
  const data = Array.from(value.data as ArrayLike<unknown>, (each) =>
    typeof each === 'bigint' || typeof each === 'string' ? String(each) : Number(each),
  )
  return { shape: value.dims, data }
}
