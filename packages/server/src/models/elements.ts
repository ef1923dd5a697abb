/** Tensors as people and JSON have them: one element after the other. */
import { type Datatype, fromBfloat16, fromFloat16, type Tensor } from '@slipway/protocol'

/** One element as JSON writes it; a bigint where a number would round. */
export type Element = number | bigint | boolean | string

export interface NamedElements {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** Row-major. BYTES that are no UTF-8 come as base64. */
  readonly elements: readonly Element[]
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** An element of BYTES as text, or as base64 when it is no UTF-8. */
export function textOf(octets: Uint8Array): string {
  try {
    return decoder.decode(octets)
  } catch {
    return Buffer.from(octets).toString('base64')
  }
}

export function namedElements(name: string, value: Tensor): NamedElements {
  return { name, datatype: value.datatype, shape: value.shape, elements: elementsOf(value) }
}

function elementsOf(value: Tensor): readonly Element[] {
  switch (value.datatype) {
    case 'BYTES':
      return value.data.map(textOf)
    case 'BOOL':
      return Array.from(value.data, (octet) => octet !== 0)
    case 'FP16':
      return Array.from(value.data, fromFloat16)
    case 'BF16':
      return Array.from(value.data, fromBfloat16)
    default:
      return Array.from<Element>(value.data)
  }
}
