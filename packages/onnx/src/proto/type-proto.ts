/** TypeProto and ValueInfoProto: what a named value is. */
import { damaged } from '../refusal.ts'
import type { Tally } from './tally.ts'
import type { Span, WireReader } from './wire-reader.ts'

/** `size` for a fixed dimension; `symbol` for a free one with a name; neither for a free one without. */
export interface Dimension {
  readonly size?: number
  readonly symbol?: string
}

export type TypeProto =
  | { readonly kind: 'tensor'; readonly elemType: number; readonly shape: readonly Dimension[] | undefined }
  | { readonly kind: 'sequence' | 'optional'; readonly element: TypeProto | undefined }
  | { readonly kind: 'map' | 'sparse' | 'opaque' }

export interface ValueInfo {
  readonly name: string
  readonly type: TypeProto | undefined
  readonly span: Span
}

const MAX_DEPTH = 8

export function readValueInfo(reader: WireReader, tally: Tally): ValueInfo {
  const span = reader.span
  const fields = reader.message()
  let name = ''
  let type: TypeProto | undefined
  while (fields.next()) {
    if (fields.number === 1) name = fields.text()
    else if (fields.number === 2) {
      if (type !== undefined) throw damaged(fields.start, 'a value with two types')
      type = readType(fields.message(), tally, 0)
    }
  }
  return { name, type, span }
}

function readType(reader: WireReader, tally: Tally, depth: number): TypeProto | undefined {
  if (depth > MAX_DEPTH) throw damaged(reader.position, 'a type that is nested too deeply')
  let type: TypeProto | undefined
  while (reader.next()) {
    const read = readTypeValue(reader, tally, depth)
    if (read === undefined) continue
    if (type !== undefined) throw damaged(reader.start, 'a type that is two things at once')
    type = read
  }
  return type
}

function readTypeValue(reader: WireReader, tally: Tally, depth: number): TypeProto | undefined {
  switch (reader.number) {
    case 1:
      return readTensorType(reader.message(), tally)
    case 4:
      return { kind: 'sequence', element: readElement(reader.message(), tally, depth) }
    case 9:
      return { kind: 'optional', element: readElement(reader.message(), tally, depth) }
    case 5:
      return { kind: 'map' }
    case 7:
      return { kind: 'opaque' }
    case 8:
      return { kind: 'sparse' }
    default:
      return undefined
  }
}

function readElement(reader: WireReader, tally: Tally, depth: number): TypeProto | undefined {
  let element: TypeProto | undefined
  while (reader.next()) {
    if (reader.number !== 1) continue
    if (element !== undefined) throw damaged(reader.start, 'a sequence with two element types')
    element = readType(reader.message(), tally, depth + 1)
  }
  return element
}

function readTensorType(reader: WireReader, tally: Tally): TypeProto {
  let elemType = 0
  let shape: Dimension[] | undefined
  while (reader.next()) {
    if (reader.number === 1) elemType = reader.integer()
    else if (reader.number === 2) {
      if (shape !== undefined) throw damaged(reader.start, 'a type with two shapes')
      shape = readShape(reader.message(), tally)
    }
  }
  return { kind: 'tensor', elemType, shape }
}

function readShape(reader: WireReader, tally: Tally): Dimension[] {
  const shape: Dimension[] = []
  while (reader.next()) {
    if (reader.number !== 1) continue
    tally.count('parts')
    shape.push(readDimension(reader.message()))
  }
  return shape
}

function readDimension(reader: WireReader): Dimension {
  let dimension: Dimension = {}
  while (reader.next()) {
    if (reader.number === 1) {
      const size = reader.integer()
      // Exporters write -1 for a free dimension, and runtimes read it so.
      dimension = size < 0 ? {} : { size }
    } else if (reader.number === 2) {
      const symbol = reader.text()
      dimension = symbol === '' ? {} : { symbol }
    }
  }
  return dimension
}
