/** The values of attributes and tensors that labels are read from; everything else of them stays unread. */

import { STRING } from './elem-type.ts'
import type { AttributeProto, NodeProto } from './graph-proto.ts'
import type { Segments } from './segments.ts'
import type { TensorProto } from './tensor-proto.ts'
import { LENGTH, WireReader } from './wire-reader.ts'

/** More labels than a person can read are no labels. */
const MAX_LABELS = 100_000
const INTS = 8
const STRINGS = 9

/** The labels in the first of these attributes that has any: text as it is, whole numbers as people write them. */
export function labelsOf(segments: Segments, node: NodeProto, names: readonly string[]): string[] | undefined {
  for (const name of names) {
    const attribute = node.attributes.find((each) => each.name === name)
    const labels = attribute === undefined ? [] : listOf(segments, attribute)
    if (labels.length > 0) return labels
  }
  return undefined
}

function listOf(segments: Segments, attribute: AttributeProto): string[] {
  const labels: string[] = []
  const reader = new WireReader(segments, attribute.span.value, attribute.span.end)
  while (labels.length < MAX_LABELS && reader.next()) {
    if (reader.number === STRINGS) labels.push(reader.text())
    else if (reader.number === INTS && reader.wire !== LENGTH) labels.push(String(reader.int64()))
    else if (reader.number === INTS) {
      const packed = reader.packed()
      while (labels.length < MAX_LABELS && packed.nextPacked()) labels.push(String(packed.int64()))
    }
  }
  return labels
}

/** The elements of a tensor of text or of INT64 or INT32 that lies in the file; undefined for others. */
export function labelsOfTensor(segments: Segments, tensor: TensorProto): string[] | undefined {
  if (tensor.external !== undefined || tensor.dims.some((size) => size > MAX_LABELS)) return undefined
  const labels: string[] = []
  const reader = new WireReader(segments, tensor.span.value, tensor.span.end)
  while (labels.length < MAX_LABELS && reader.next()) {
    if (tensor.elemType === STRING && reader.number === 6) labels.push(reader.text())
    else if (INTEGER_TYPES.has(tensor.elemType)) pushIntegers(reader, tensor.elemType, labels)
  }
  return labels.length > 0 ? labels : undefined
}

const INT32 = 6
const INT64 = 7
const INTEGER_TYPES = new Set([INT32, INT64])

function pushIntegers(reader: WireReader, elemType: number, labels: string[]): void {
  const typed = elemType === INT32 ? 5 : 7
  if (reader.number === 9) {
    const bytes = reader.bytes()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const size = elemType === INT32 ? 4 : 8
    for (let at = 0; at + size <= bytes.byteLength && labels.length < MAX_LABELS; at += size)
      labels.push(String(size === 4 ? view.getInt32(at, true) : view.getBigInt64(at, true)))
  } else if (reader.number === typed && reader.wire === LENGTH) {
    const packed = reader.packed()
    while (labels.length < MAX_LABELS && packed.nextPacked()) labels.push(String(packed.int64()))
  } else if (reader.number === typed) labels.push(String(reader.int64()))
}
