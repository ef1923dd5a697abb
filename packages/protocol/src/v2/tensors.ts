/** The tensors of a V2 body, `inputs` of a request or `outputs` of an answer: both directions of both. */
import { quoted, ServeError } from '../errors.ts'
import type { ParameterValue } from '../infer.ts'
import { type JsonCursor, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from '../json/cursor.ts'
import { bytesEncoding, writeFlat } from '../json/data-writer.ts'
import { readData } from '../json/nesting.ts'
import { putInteger } from '../json/shortest.ts'
import { readString } from '../json/strings.ts'
import type { JsonWriter } from '../json/writer.ts'
import { KeysSeen, readValue, skipValue } from '../json.ts'
import { byteLength, DATATYPES, type Datatype, isDatatype, type Tensor, type Tensors } from '../tensor.ts'
import { type BinarySection, decodeBlob } from './binary.ts'
import { readParameters, writeParameters } from './parameters.ts'

export const MAX_TENSORS = 1000
const MAX_RANK = 32

type Kind = 'input' | 'output'

/** Reads the array that the cursor is on. Its tensors may not share a name. */
export function readTensors(cursor: JsonCursor, kind: Kind, section: BinarySection): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>()
  if (!openArray(cursor, () => `"${kind}s"`)) return tensors
  do {
    if (tensors.size === MAX_TENSORS) throw new ServeError('INVALID_ARGUMENT', `more than ${MAX_TENSORS} ${kind}s in one body`)
    const reader = new TensorReader(kind, tensors.size)
    const value = reader.read(cursor, section)
    if (tensors.has(reader.name)) throw new ServeError('INVALID_ARGUMENT', `${kind} ${quoted(reader.name)} is there twice`)
    tensors.set(reader.name, value)
  } while (cursor.more(OPEN_ARRAY))
  return tensors
}

/** Steps into an array that must be there; false when it is empty. */
export function openArray(cursor: JsonCursor, what: () => string): boolean {
  if (cursor.next() !== OPEN_ARRAY && cursor.at < cursor.end)
    throw new ServeError('INVALID_ARGUMENT', `${what()} must be an array, found ${cursor.excerpt()}`)
  return cursor.open(OPEN_ARRAY)
}

/** One tensor, whose members come in any order: data that comes before its datatype or shape is stepped over and read at the end. */
class TensorReader {
  readonly kind: Kind
  readonly #position: number
  #name: string | undefined
  #datatype: Datatype | undefined
  #shape: readonly number[] | undefined
  #parameters: Map<string, ParameterValue> | undefined
  #dataAt = -1
  #value: Tensor | undefined

  constructor(kind: Kind, position: number) {
    this.kind = kind
    this.#position = position
  }

  get name(): string {
    return this.#name ?? ''
  }

  read(cursor: JsonCursor, section: BinarySection): Tensor {
    if (cursor.next() !== OPEN_OBJECT && cursor.at < cursor.end) this.#refuse(`must be an object, found ${cursor.excerpt()}`)
    if (cursor.open(OPEN_OBJECT)) {
      const keys = new KeysSeen()
      do this.#member(cursor, keys.read(cursor))
      while (cursor.more(OPEN_OBJECT))
    }
    if (this.#name === undefined) this.#refuse('has no "name"')
    const size = this.#parameters?.get('binary_data_size')
    if (size !== undefined) return this.#binary(section, size)
    return this.#value ?? this.#comeBack(cursor)
  }

  #member(cursor: JsonCursor, key: string): void {
    switch (key) {
      case 'name':
        this.#name = this.#string(cursor, key)
        return
      case 'datatype':
        this.#datatype = this.#readDatatype(cursor)
        return
      case 'shape':
        this.#shape = this.#readShape(cursor)
        return
      case 'parameters':
        if (cursor.next() === 0x6e) readValue(cursor)
        else this.#parameters = readParameters(cursor, () => this.#label())
        return
      case 'data':
        this.#readOrSkip(cursor)
        return
      default:
        readValue(cursor)
    }
  }

  /** Numbers are read at once when datatype and shape are known. BYTES wait for the parameters: their strings may be base64. */
  #readOrSkip(cursor: JsonCursor): void {
    this.#dataAt = cursor.at
    if (this.#name === undefined || this.#datatype === undefined || this.#shape === undefined || this.#datatype === 'BYTES') {
      this.#dataAt = skipValue(cursor)
      return
    }
    this.#value = this.#readData(cursor)
  }

  #comeBack(cursor: JsonCursor): Tensor {
    if (this.#dataAt === -1) {
      this.#required()
      this.#refuse('has neither "data" nor the parameter "binary_data_size"')
    }
    const { at, depth } = cursor
    cursor.at = this.#dataAt
    // The cursor is behind the tensor's own bracket; its data lies one level in.
    cursor.depth = depth + 1
    const value = this.#readData(cursor)
    if (cursor.at > at) cursor.unexpected('"," or "}"')
    cursor.at = at
    cursor.depth = depth
    return value
  }

  #readData(cursor: JsonCursor): Tensor {
    const { datatype, shape } = this.#required()
    return readData(cursor, { subject: this, datatype, shape, base64: this.#parameters?.get('content_type') === 'base64' })
  }

  #binary(section: BinarySection, size: ParameterValue): Tensor {
    const { datatype, shape } = this.#required()
    if (this.#dataAt !== -1) this.#refuse('has both "data" and the parameter "binary_data_size"; send one of them')
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
      this.#refuse(`the parameter "binary_data_size" must be a whole number of bytes, got ${quoted(size)}`)
    return decodeBlob(section.take(size, this), { subject: this, datatype, shape })
  }

  #required(): { datatype: Datatype; shape: readonly number[] } {
    if (this.#datatype === undefined) this.#refuse(`has no "datatype"; it is one of ${DATATYPES.join(', ')}`)
    if (this.#shape === undefined) this.#refuse('has no "shape"')
    return { datatype: this.#datatype, shape: this.#shape }
  }

  #readDatatype(cursor: JsonCursor): Datatype {
    const text = this.#string(cursor, 'datatype')
    return isDatatype(text) ? text : this.#refuse(`the datatype ${quoted(text)} is unknown; it is one of ${DATATYPES.join(', ')}`)
  }

  #readShape(cursor: JsonCursor): readonly number[] {
    const shape: number[] = []
    if (!openArray(cursor, () => `${this.#label()}: "shape"`)) return shape
    do {
      if (shape.length === MAX_RANK) this.#refuse(`the shape has more than ${MAX_RANK} dimensions`)
      const value = readValue(cursor)
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
        this.#refuse(`dimension ${shape.length} of the shape is ${shown(value)}; a dimension is a whole number from 0 to 2^53-1`)
      shape.push(value)
    } while (cursor.more(OPEN_ARRAY))
    return shape
  }

  #string(cursor: JsonCursor, key: string): string {
    if (cursor.next() !== QUOTE && cursor.at < cursor.end) this.#refuse(`"${key}" must be a string, found ${cursor.excerpt()}`)
    return readString(cursor)
  }

  #label(): string {
    return this.#name === undefined ? `${this.kind} ${this.#position}` : `${this.kind} ${quoted(this.#name)}`
  }

  #refuse(problem: string): never {
    throw new ServeError('INVALID_ARGUMENT', `${this.#label()}: ${problem}`)
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `the string ${quoted(value)}`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return String(value).slice(0, 40)
}

/** Writes an array of tensors, the elements of those that `binary` names left out: their octets are to follow the JSON in this order. */
export function writeTensors(writer: JsonWriter, tensors: Tensors, binary: (name: string) => boolean): Tensor[] {
  const blobs: Tensor[] = []
  let opening = '[{"name":'
  for (const [name, value] of tensors) {
    writer.ascii(opening)
    opening = ',{"name":'
    writer.string(name)
    writeHead(writer, value)
    if (binary(name)) {
      writeParameters(writer, new Map([['binary_data_size', byteLength(value)]]))
      writer.ascii('}')
      blobs.push(value)
      continue
    }
    const bytesAs = bytesEncoding(value)
    writer.ascii(bytesAs === 'base64' ? ',"parameters":{"content_type":"base64"},"data":' : ',"data":')
    writeFlat(writer, value, { bytesAs })
    writer.ascii('}')
  }
  writer.ascii(tensors.size === 0 ? '[]' : ']')
  return blobs
}

function writeHead(writer: JsonWriter, value: Tensor): void {
  writer.ascii(',"datatype":"')
  writer.ascii(value.datatype)
  writer.ascii('","shape":[')
  for (const [axis, size] of value.shape.entries()) {
    writer.reserve(20)
    if (axis > 0) writer.put(0x2c)
    writer.at = putInteger(writer.bytes, writer.at, size)
  }
  writer.ascii(']')
}
