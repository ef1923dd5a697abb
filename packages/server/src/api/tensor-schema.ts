/** JSON Schema (2020-12) of tensors, from what a model says of its inputs and outputs. */
import type { Datatype, InputInfo, TensorSpec } from '@slipway/protocol'

export type JsonSchema = Readonly<Record<string, unknown>>

/** How NaN and the infinities are written in JSON, which has no number for them. */
export const NON_FINITE: JsonSchema = { enum: ['NaN', 'Infinity', '-Infinity'] }

/** Bounds that a JSON number keeps exactly; wider integers have a format only. */
const RANGES: Readonly<Partial<Record<Datatype, readonly [number, number]>>> = {
  UINT8: [0, 255],
  INT8: [-128, 127],
  UINT16: [0, 65_535],
  INT16: [-32_768, 32_767],
  UINT32: [0, 4_294_967_295],
  INT32: [-2_147_483_648, 2_147_483_647],
}

function elementSchema(datatype: Datatype): JsonSchema {
  const range = RANGES[datatype]
  if (range !== undefined) return { type: 'integer', minimum: range[0], maximum: range[1] }
  switch (datatype) {
    case 'BOOL':
      return { type: 'boolean' }
    case 'BYTES':
      return { type: 'string' }
    case 'INT64':
      return { type: 'integer', format: 'int64' }
    case 'UINT64':
      return { type: 'integer', minimum: 0 }
    default:
      return { anyOf: [{ type: 'number' }, { $ref: '#/components/schemas/NonFinite' }] }
  }
}

/** The tensor as nested arrays, one level for each dimension. */
export function nestedSchema({ datatype, shape, unknownRank }: TensorSpec): JsonSchema {
  if (unknownRank === true) return {}
  return shape.reduceRight<JsonSchema>((items, size) => ({ type: 'array', ...sized(size), items }), elementSchema(datatype))
}

/** What the plain dialect takes for an input: the nested tensor, or pictures as files where the input is one. */
export function plainInputSchema(input: InputInfo): JsonSchema {
  const nested = nestedSchema(input)
  if (input.as.kind !== 'image') return nested
  const picture = { type: 'object', required: ['b64'], properties: { b64: { type: 'string', contentEncoding: 'base64' } } }
  return { anyOf: [nested, { type: 'array', minItems: 1, items: picture, description: 'Pictures as files, in base64' }] }
}

/** The tensor as V2 has it: name, datatype, shape, and the data flat or nested. */
export function v2TensorSchema({ name, datatype, shape, unknownRank }: TensorSpec): JsonSchema {
  const dimensions = shape.map((size) => (size < 0 ? { type: 'integer', minimum: 0 } : { const: size }))
  const fixed = dimensions.length === 0 ? {} : { prefixItems: dimensions }
  const rank = unknownRank === true ? {} : { minItems: shape.length, maxItems: shape.length, ...fixed }
  return {
    type: 'object',
    required: ['name', 'datatype', 'shape'],
    properties: {
      name: { const: name },
      datatype: { const: datatype },
      shape: { type: 'array', items: { type: 'integer', minimum: 0 }, ...rank },
      data: { type: 'array', description: 'Row-major, flat or nested; absent when the data follows as octets' },
      parameters: { type: 'object' },
    },
  }
}

const sized = (size: number): JsonSchema => (size < 0 ? {} : { minItems: size, maxItems: size })
