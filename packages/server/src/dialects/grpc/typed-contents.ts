/** InferTensorContents: elements in the field of their datatype. */
import type { WireType } from '@bufbuild/protobuf/wire'
import { type Datatype, elementCount, type NumericDatatype, ServeError, type Tensor, tensor } from '@slipway/protocol'
import { type FieldReader, Numbers } from './reader.ts'

const FIELDS = [
  'bool_contents',
  'int_contents',
  'int64_contents',
  'uint_contents',
  'uint64_contents',
  'fp32_contents',
  'fp64_contents',
  'bytes_contents',
] as const
const SCALARS = ['bool', 'int32', 'int64', 'uint32', 'uint64', 'float', 'double'] as const
const BYTES_FIELD = 8

/** The number of the field that holds a datatype; none for FP16 and BF16. */
const FIELD_OF: Readonly<Partial<Record<Datatype, number>>> = {
  BOOL: 1,
  INT8: 2,
  INT16: 2,
  INT32: 2,
  INT64: 3,
  UINT8: 4,
  UINT16: 4,
  UINT32: 4,
  UINT64: 5,
  FP32: 6,
  FP64: 7,
  BYTES: BYTES_FIELD,
}

export class TypedContents {
  readonly #numbers = new Map<number, Numbers>()
  readonly #bytes: Uint8Array[] = []

  readonly onField = (field: number, wire: WireType, reader: FieldReader): boolean | undefined => {
    const scalar = SCALARS[field - 1]
    if (field === BYTES_FIELD) {
      this.#bytes.push(reader.bytes())
      return
    }
    if (scalar === undefined) return false
    const numbers = this.#numbers.get(field) ?? new Numbers(scalar)
    this.#numbers.set(field, numbers)
    numbers.take(wire, reader)
  }

  /** Elements over all fields. */
  get count(): number {
    let count = this.#bytes.length
    for (const numbers of this.#numbers.values()) count += numbers.count
    return count
  }

  /** Throws INVALID_ARGUMENT when the elements are not all in the datatype's field, or are not as many as the shape takes. */
  tensor({ label, datatype, shape }: { readonly label: string; readonly datatype: Datatype; readonly shape: readonly number[] }): Tensor {
    const field = FIELD_OF[datatype]
    if (field === undefined)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `${label}: ${datatype} has no typed contents; send raw_input_contents, 2 octets for each element`,
      )
    const numbers = this.#numbers.get(field)
    const found = field === BYTES_FIELD ? this.#bytes.length : (numbers?.count ?? 0)
    const name = FIELDS[field - 1]
    if (found !== this.count)
      throw new ServeError('INVALID_ARGUMENT', `${label}: ${datatype} goes into ${name}, and there are elements in another field`)
    const wanted = elementCount(shape)
    if (found !== wanted)
      throw new ServeError('INVALID_ARGUMENT', `${label}: shape [${shape.join(', ')}] takes ${wanted} elements, but ${name} has ${found}`)
    if (field === BYTES_FIELD) return tensor('BYTES', shape, this.#bytes)
    const data = (numbers ?? new Numbers('bool')).data(datatype as NumericDatatype, label)
    return tensor(datatype, shape, data)
  }
}
