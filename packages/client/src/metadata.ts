/** Reads a model's signature out of V2 model metadata, of Slipway or any other server of the protocol. */
import { isDatatype, quoted, type Signature, type TensorSpec } from '@slipway/protocol'
import { SlipwayError } from './slipway-error.ts'

/** Throws SlipwayError INTERNAL when the body is no V2 metadata. V2 gives no names for free dimensions, so `symbols` are null. */
export function parseSignature(body: unknown): Signature {
  const { inputs, outputs } = record(body, 'it')
  return { inputs: specs(inputs, 'inputs'), outputs: specs(outputs, 'outputs') }
}

function specs(value: unknown, where: string): TensorSpec[] {
  if (!Array.isArray(value)) throw refusal(`"${where}" is no list`)
  return value.map((item, index) => spec(item, `${where}[${index}]`))
}

function spec(value: unknown, where: string): TensorSpec {
  const { name, datatype, shape } = record(value, where)
  if (typeof name !== 'string') throw refusal(`${where}.name is no text`)
  if (!isDatatype(datatype)) throw refusal(`${where}.datatype is ${quoted(datatype)}`)
  if (!Array.isArray(shape)) throw refusal(`${where}.shape is no list`)
  // Other servers write 64-bit integers as text.
  const sizes = shape.map(Number)
  if (!sizes.every(Number.isSafeInteger)) throw refusal(`${where}.shape is ${quoted(shape)}`)
  return { name, datatype, shape: sizes, symbols: sizes.map(() => null) }
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw refusal(`${where} is no object`)
  return value as Readonly<Record<string, unknown>>
}

function refusal(what: string): SlipwayError {
  return new SlipwayError('INTERNAL', `the server's answer is no model metadata of the V2 protocol: ${what}`)
}
