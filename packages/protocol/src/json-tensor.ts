/** Tensors to and from JSON values, for every dialect that writes them as nested or flat arrays. */
import { quoted, ServeError } from './errors.ts'
import { toBfloat16, toFloat16 } from './float16.ts'
import { decodeBase64 } from './json/base64.ts'
import { bytesEncoding, type ElementStyle, writeFlat, writeNested } from './json/data-writer.ts'
import { describe, LONG_RANGES, nonFinite, RANGES, refuseElement, type Subject } from './json/ranges.ts'
import { octetsOf, textOf } from './json/utf8.ts'
import { JsonWriter } from './json/writer.ts'
import type { JsonValue } from './json.ts'
import { createData, type Datatype, elementCount, type NumericDatatype, type Tensor, type TensorData, tensor } from './tensor.ts'

export interface JsonTensorSpec {
  readonly name: string
  readonly datatype: Datatype
  /** The tensor's shape; taken from the nesting when absent. */
  readonly shape?: readonly number[]
  /** What messages call it; `input` when absent. */
  readonly kind?: string
  /** BYTES whose strings are base64. */
  readonly base64?: boolean
}

/**
 * The tensor that a parsed JSON value stands for: nested evenly or flat, or one bare element. With a shape only the number of elements
 * must agree. Elements are exact or refused with INVALID_ARGUMENT, by the rules of the V2 dialect; an integer past 2^53-1 must have been
 * written without fraction or exponent.
 */
export function tensorFromJson(spec: JsonTensorSpec, value: JsonValue): Tensor {
  const subject = { kind: spec.kind ?? 'input', name: spec.name }
  const nested: number[] = []
  for (let inside = value; Array.isArray(inside); inside = inside[0] as JsonValue) {
    nested.push(inside.length)
    if (inside.length === 0) break
  }
  const leaves: JsonValue[] = []
  flatten(value, { sizes: nested, level: 0, leaves, subject })
  const shape = spec.shape ?? nested
  const count = elementCount(shape)
  if (leaves.length !== count)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${describe(subject)}: shape [${shape.join(', ')}] takes ${count} element${count === 1 ? '' : 's'}, but there ${leaves.length === 1 ? 'is' : 'are'} ${leaves.length}`,
    )
  return tensor(spec.datatype, shape, dataOf(spec, subject, leaves))
}

interface Flattening {
  readonly sizes: readonly number[]
  readonly level: number
  readonly leaves: JsonValue[]
  readonly subject: Subject
}

function flatten(value: JsonValue, state: Flattening): void {
  const size = state.sizes[state.level]
  if (Array.isArray(value) ? value.length !== size : size !== undefined)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${describe(state.subject)} is ragged: arrays side by side must have one length and one depth; nest it evenly or send it flat`,
    )
  if (!Array.isArray(value)) {
    state.leaves.push(value)
    return
  }
  const inner = { ...state, level: state.level + 1 }
  for (const element of value) flatten(element, inner)
}

function dataOf(spec: JsonTensorSpec, subject: Subject, leaves: readonly JsonValue[]): TensorData {
  const { datatype } = spec
  if (datatype === 'BYTES') return leaves.map((leaf, index) => bytesFrom(leaf, spec) ?? refuse(subject, { index, leaf, datatype }))
  if (datatype === 'INT64' || datatype === 'UINT64') {
    const data = createData(datatype, leaves.length) as BigInt64Array
    for (const [index, leaf] of leaves.entries()) data[index] = longFrom(leaf, datatype) ?? refuse(subject, { index, leaf, datatype })
    return data
  }
  const data = createData(datatype, leaves.length) as Float64Array
  const half = datatype === 'FP16' ? toFloat16 : datatype === 'BF16' ? toBfloat16 : undefined
  for (const [index, leaf] of leaves.entries()) {
    const value = shortFrom(leaf, datatype) ?? refuse(subject, { index, leaf, datatype })
    data[index] = half === undefined ? value : half(value)
  }
  return data
}

function bytesFrom(leaf: JsonValue, spec: JsonTensorSpec): Uint8Array | undefined {
  if (typeof leaf === 'string') return spec.base64 === true ? decodeBase64(octetsOf(leaf)) : octetsOf(leaf)
  if (!(leaf instanceof Map) || leaf.size !== 1) return undefined
  const text: unknown = leaf.get('b64')
  return typeof text === 'string' ? decodeBase64(octetsOf(text)) : undefined
}

function longFrom(leaf: JsonValue, datatype: 'INT64' | 'UINT64'): bigint | undefined {
  if (typeof leaf !== 'bigint' && !Number.isSafeInteger(leaf)) return undefined
  const value = BigInt(leaf as bigint | number)
  const { low, high } = LONG_RANGES[datatype]
  return value >= low && value <= high ? value : undefined
}

function shortFrom(leaf: JsonValue, datatype: Exclude<NumericDatatype, 'INT64' | 'UINT64'>): number | undefined {
  const range = RANGES[datatype]
  if (datatype === 'BOOL' && typeof leaf === 'boolean') return leaf ? 1 : 0
  if (!range.whole && typeof leaf === 'string') return nonFinite(leaf)
  if (typeof leaf !== 'number' && typeof leaf !== 'bigint') return undefined
  const value = Number(leaf)
  if (range.whole) return Number.isInteger(value) && value >= range.low && value <= range.high ? value : undefined
  // A bare NaN or Infinity is a number only where the dialect let the parser accept it.
  if (!Number.isFinite(leaf) && typeof leaf === 'number') return value
  return value < range.high && value > range.low ? value : undefined
}

function refuse(subject: Subject, element: { index: number; leaf: JsonValue; datatype: Datatype }): never {
  const { leaf, index, datatype } = element
  const shown =
    leaf instanceof Map ? 'an object' : typeof leaf === 'string' ? `the string ${quoted(leaf)}` : String(leaf as null | number).slice(0, 60)
  refuseElement(subject, { index, shown, datatype })
}

/**
 * A tensor's elements as the text of one JSON array, row-major, as V2 writes them. FP32, FP16 and BF16 are in the shortest form that reads
 * back; NaN and the infinities are strings. BYTES are text when every element is well-formed UTF-8, else base64, all of them: `bytesEncoding` tells.
 */
export function flatJson(value: Tensor, style?: Partial<ElementStyle>): string {
  const writer = new JsonWriter()
  writeFlat(writer, value, { ...style, bytesAs: style?.bytesAs ?? bytesEncoding(value) })
  return textOf(writer.finish())
}

/** The same elements in arrays nested by the tensor's shape; a scalar is its bare element. `style` is for dialects that write some otherwise. */
export function nestedJson(value: Tensor, style?: Partial<ElementStyle>): string {
  const writer = new JsonWriter()
  writeNested(writer, value, { ...style, bytesAs: style?.bytesAs ?? bytesEncoding(value) })
  return textOf(writer.finish())
}

/** The same as octets, between two pieces of ASCII text: a whole answer, without a string on the way. */
export function nestedJsonOctets(
  value: Tensor,
  around: { readonly before: string; readonly after: string },
  style?: Partial<ElementStyle>,
): Uint8Array {
  const writer = new JsonWriter()
  writer.ascii(around.before)
  writeNested(writer, value, { ...style, bytesAs: style?.bytesAs ?? bytesEncoding(value) })
  writer.ascii(around.after)
  return writer.finish()
}
