/** Reads protobuf's wire format where it matters what is copied: octets are views of the message. Source: protobuf.dev/programming-guides/encoding. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { createData, type NumericData, type NumericDatatype, ServeError, viewData } from '@slipway/protocol'

/** Called with each field of a message; must read its value, or answer false to have it skipped. */
export type OnField = (field: number, wire: WireType, reader: FieldReader) => boolean | undefined

/** Values of the field that the reader is on. */
export class FieldReader {
  readonly #reader: BinaryReader

  constructor(bytes: Uint8Array) {
    // A plain array: `subarray` and `slice` of a Buffer differ from it.
    this.#reader = new BinaryReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }

  /** Goes through all fields in the order sent. Throws INVALID_ARGUMENT for octets that are no message. */
  each(onField: OnField): void {
    const reader = this.#reader
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag()
      if (onField(field, wire, this) === false) reader.skip(wire, field)
    }
  }

  get finished(): boolean {
    return this.#reader.pos >= this.#reader.len
  }

  /** A view. */
  bytes(): Uint8Array {
    return this.#reader.bytes()
  }

  string(): string {
    return this.#reader.string()
  }

  bool(): boolean {
    return this.#reader.bool()
  }

  int32(): number {
    return this.#reader.int32()
  }

  int64(): bigint {
    return BigInt(this.#reader.int64())
  }

  uint64(): bigint {
    return BigInt(this.#reader.uint64())
  }

  double(): number {
    return this.#reader.double()
  }

  /** What the field holds, as sent: a view of a packed field's elements, or of a single one. */
  octets(wire: WireType): Uint8Array {
    return wire === WireType.LengthDelimited ? this.#reader.bytes() : this.#reader.skip(wire)
  }

  /** A 64-bit integer that must be countable exactly. */
  integer(what: string): number {
    const value = Number(this.int64())
    if (!Number.isSafeInteger(value)) throw new ServeError('INVALID_ARGUMENT', `${what} is ${value}, past what can be counted exactly`)
    return value
  }

  message(onField: OnField): void {
    new FieldReader(this.bytes()).each(onField)
  }
}

/** Runs a decoder; what it throws of octets that are no protobuf is INVALID_ARGUMENT. */
export function decodeMessage<T>(type: string, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (error instanceof ServeError) throw error
    throw new ServeError('INVALID_ARGUMENT', `the message is no valid ${type}: check that the caller uses the same .proto`, {
      cause: error,
    })
  }
}

type Scalar = 'bool' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float' | 'double'
const FLOAT_BYTES: Partial<Record<Scalar, number>> = { float: 4, double: 8 }

/** The elements of one repeated field of numbers, packed or not, in as many pieces as they come. */
export class Numbers {
  readonly #scalar: Scalar
  readonly #pieces: Uint8Array[] = []
  #count = 0

  constructor(scalar: Scalar) {
    this.#scalar = scalar
  }

  get count(): number {
    return this.#count
  }

  take(wire: WireType, reader: FieldReader): void {
    const piece = reader.octets(wire)
    const size = FLOAT_BYTES[this.#scalar]
    this.#pieces.push(piece)
    this.#count += size === undefined ? varints(piece) : piece.byteLength / size
  }

  /** The elements; floats are a view of the message where they are aligned and came in one piece. Throws for one that the datatype does not hold. */
  data(datatype: NumericDatatype, what: string): NumericData {
    const [first] = this.#pieces
    const octets = this.#pieces.length === 1 && first !== undefined ? first : new Uint8Array(Buffer.concat(this.#pieces))
    if (FLOAT_BYTES[this.#scalar] !== undefined) return viewData(datatype, octets)
    const data = createData(datatype, this.#count)
    const elements: { [index: number]: number | bigint } = data
    const reader = new BinaryReader(octets)
    for (let index = 0; index < data.length; index++) {
      const value = this.#read(reader)
      elements[index] = value
      if (elements[index] !== value)
        throw new ServeError('INVALID_ARGUMENT', `${what}: element ${index} is ${value}, which ${datatype} does not hold`)
    }
    return data
  }

  #read(reader: BinaryReader): number | bigint {
    switch (this.#scalar) {
      case 'bool':
        return reader.bool() ? 1 : 0
      case 'int32':
        return reader.int32()
      case 'uint32':
        return reader.uint32()
      case 'int64':
        return BigInt(reader.int64())
      default:
        return BigInt(reader.uint64())
    }
  }
}

/** How many varints there are: each ends with an octet below 128. */
function varints(octets: Uint8Array): number {
  let count = 0
  for (const octet of octets) if (octet < 0x80) count += 1
  return count
}
