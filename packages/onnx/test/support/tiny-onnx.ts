/** Writes small ONNX files for tests, sound ones and broken ones: whatever is asked for is written. */
import { field, fixed32Field, integerField, join } from '../../src/proto/wire-writer.ts'

/** A number is a fixed dimension, a text a symbol, null a free dimension without a name. */
export type TinyShape = readonly (number | string | null)[]

export interface TinyValue {
  readonly name: string
  /** Number of TensorProto.DataType; 1, FLOAT, when absent. */
  readonly elemType?: number
  /** Absent: the file declares no shape. */
  readonly shape?: TinyShape
  /** A whole TypeProto instead, as `sequenceType` and its like make; `null` for a value without a type. */
  readonly type?: Uint8Array | null
}

export interface TinyTensor {
  readonly name: string
  readonly elemType?: number
  readonly dims: readonly number[]
  readonly raw?: Uint8Array
  readonly floats?: readonly number[]
  readonly int32s?: readonly number[]
  readonly int64s?: readonly (number | bigint)[]
  readonly doubles?: readonly number[]
  readonly uint64s?: readonly (number | bigint)[]
  /** Whole numbers go into one field of varints instead of a field each. */
  readonly packed?: boolean
  readonly texts?: readonly string[]
  /** Entries of `external_data`. */
  readonly external?: readonly (readonly [key: string, value: string])[]
}

export type TinyAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly tensor: TinyTensor }
  | { readonly sparse: TinyTensor }
  | { readonly graph: TinyGraph }

export interface TinyNode {
  readonly op: string
  readonly inputs?: readonly string[]
  readonly outputs?: readonly string[]
  readonly name?: string
  readonly domain?: string
  readonly overload?: string
  readonly attributes?: Readonly<Record<string, TinyAttribute>>
}

export interface TinyGraph {
  readonly inputs?: readonly TinyValue[]
  readonly outputs?: readonly TinyValue[]
  readonly nodes?: readonly TinyNode[]
  readonly initializers?: readonly TinyTensor[]
  /** Written as the values of sparse initializers; their indices are left out. */
  readonly sparseInitializers?: readonly TinyTensor[]
  /** `value_info`. */
  readonly values?: readonly TinyValue[]
}

export interface TinyFunction {
  readonly name: string
  readonly domain: string
  readonly overload?: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly nodes: readonly TinyNode[]
  readonly opsets?: Readonly<Record<string, number>>
}

export interface TinyModel extends TinyGraph {
  /** Of ONNX's own domain; 17 when absent, not imported when null. */
  readonly opset?: number | null
  /** Of other domains. */
  readonly opsets?: Readonly<Record<string, number>>
  readonly irVersion?: number
  readonly producer?: string
  readonly functions?: readonly TinyFunction[]
  readonly metadata?: Readonly<Record<string, string>>
  /** Fields put at the file's end as they are. */
  readonly extra?: Uint8Array
}

/** The bytes of an ONNX file. */
export function tinyModel(model: TinyModel): Uint8Array {
  return join([
    integerField(1, model.irVersion ?? 8),
    field(2, model.producer ?? 'tiny'),
    field(7, graphFields(model)),
    ...opsetFields(8, { ...(model.opset === null ? {} : { '': model.opset ?? 17 }), ...model.opsets }),
    ...entries(14, Object.entries(model.metadata ?? {})),
    ...(model.functions ?? []).map((each) => field(25, functionFields(each))),
    ...(model.extra === undefined ? [] : [model.extra]),
  ])
}

/** The TypeProto of a tensor. */
export function tensorType({ elemType = 1, shape }: Omit<TinyValue, 'name'>): Uint8Array {
  const dimensions = shape?.map((size) =>
    field(1, size === null ? [] : [typeof size === 'number' ? integerField(1, size) : field(2, size)]),
  )
  return field(1, [integerField(1, elemType), ...(dimensions === undefined ? [] : [field(2, dimensions)])])
}

/** The TypeProto of a sequence of values of a type. */
export function sequenceType(element: Uint8Array): Uint8Array {
  return field(4, [field(1, element)])
}

/** The TypeProto of a value that may be missing. */
export function optionalType(element: Uint8Array): Uint8Array {
  return field(9, [field(1, element)])
}

/** The TypeProto of a map; a key of type 7 is INT64, of type 8 text. */
export function mapType(keyType: number, value: Uint8Array): Uint8Array {
  return field(5, [integerField(1, keyType), field(2, value)])
}

function graphFields(graph: TinyGraph): Uint8Array {
  return join([
    ...(graph.nodes ?? []).map((node) => field(1, nodeFields(node))),
    field(2, 'graph'),
    ...(graph.initializers ?? []).map((tensor) => field(5, tensorFields(tensor))),
    ...(graph.inputs ?? []).map((value) => field(11, valueFields(value))),
    ...(graph.outputs ?? []).map((value) => field(12, valueFields(value))),
    ...(graph.values ?? []).map((value) => field(13, valueFields(value))),
    ...(graph.sparseInitializers ?? []).map((tensor) => field(15, [field(1, tensorFields(tensor)), integerField(3, 4)])),
  ])
}

function valueFields(value: TinyValue): Uint8Array[] {
  const type = value.type === undefined ? tensorType(value) : value.type
  return [field(1, value.name), ...(type === null ? [] : [field(2, type)])]
}

function tensorFields(tensor: TinyTensor): Uint8Array[] {
  return [
    ...tensor.dims.map((size) => integerField(1, size)),
    integerField(2, tensor.elemType ?? 1),
    ...(tensor.floats === undefined ? [] : [field(4, new Uint8Array(Float32Array.from(tensor.floats).buffer))]),
    ...(tensor.texts ?? []).map((text) => field(6, text)),
    ...integers(5, tensor.int32s, tensor.packed),
    ...integers(7, tensor.int64s, tensor.packed),
    field(8, tensor.name),
    ...(tensor.raw === undefined ? [] : [field(9, tensor.raw)]),
    ...(tensor.doubles === undefined ? [] : [field(10, new Uint8Array(Float64Array.from(tensor.doubles).buffer))]),
    ...integers(11, tensor.uint64s, tensor.packed),
    ...(tensor.external === undefined ? [] : [...entries(13, tensor.external), integerField(14, 1)]),
  ]
}

/** A packed field is what stands behind the tags of the single ones. */
function integers(number: number, values: readonly (number | bigint)[] = [], packed = false): Uint8Array[] {
  const single = values.map((value) => integerField(number, value))
  return packed && single.length > 0 ? [field(number, join(single.map((each) => each.subarray(1))))] : single
}

function nodeFields(node: TinyNode): Uint8Array[] {
  return [
    ...(node.inputs ?? []).map((name) => field(1, name)),
    ...(node.outputs ?? []).map((name) => field(2, name)),
    ...(node.name === undefined ? [] : [field(3, node.name)]),
    field(4, node.op),
    ...Object.entries(node.attributes ?? {}).map(([name, value]) => field(5, [field(1, name), ...attributeFields(value)])),
    ...(node.domain === undefined ? [] : [field(7, node.domain)]),
    ...(node.overload === undefined ? [] : [field(8, node.overload)]),
  ]
}

function attributeFields(value: TinyAttribute): Uint8Array[] {
  if ('float' in value) return [fixed32Field(2, value.float), integerField(20, 1)]
  if ('int' in value) return [integerField(3, value.int), integerField(20, 2)]
  if ('text' in value) return [field(4, value.text), integerField(20, 3)]
  if ('tensor' in value) return [field(5, tensorFields(value.tensor)), integerField(20, 4)]
  if ('graph' in value) return [field(6, graphFields(value.graph)), integerField(20, 5)]
  if ('floats' in value) return [...value.floats.map((each) => fixed32Field(7, each)), integerField(20, 6)]
  if ('ints' in value) return [...value.ints.map((each) => integerField(8, each)), integerField(20, 7)]
  if ('texts' in value) return [...value.texts.map((each) => field(9, each)), integerField(20, 8)]
  return [field(22, [field(1, tensorFields(value.sparse))]), integerField(20, 11)]
}

function functionFields(each: TinyFunction): Uint8Array[] {
  return [
    field(1, each.name),
    ...each.inputs.map((name) => field(4, name)),
    ...each.outputs.map((name) => field(5, name)),
    ...each.nodes.map((node) => field(7, nodeFields(node))),
    ...opsetFields(9, each.opsets ?? { '': 17, [each.domain]: 1 }),
    field(10, each.domain),
    ...(each.overload === undefined ? [] : [field(13, each.overload)]),
  ]
}

function opsetFields(number: number, opsets: Readonly<Record<string, number>>): Uint8Array[] {
  return Object.entries(opsets).map(([domain, version]) => field(number, [field(1, domain), integerField(2, version)]))
}

function entries(number: number, pairs: readonly (readonly [key: string, value: string])[]): Uint8Array[] {
  return pairs.map(([key, value]) => field(number, [field(1, key), field(2, value)]))
}
