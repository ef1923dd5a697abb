/** The binary tensor data extension: elements little-endian and row-major, BYTES each behind a 32-bit length. */
import { ServeError } from '../errors.ts'
import { describe, type Subject } from '../json/ranges.ts'
import { byteLength, bytesOf, type Datatype, elementCount, ITEM_BYTES, type Tensor, tensor, viewData } from '../tensor.ts'

/** The octets behind the JSON part of a body, handed out from front to back. */
export class BinarySection {
  readonly #bytes: Uint8Array | undefined
  #at = 0

  /** Undefined when the body is all JSON, since no header says where the JSON ends. */
  constructor(bytes: Uint8Array | undefined) {
    this.#bytes = bytes
  }

  take(size: number, subject: Subject): Uint8Array {
    if (this.#bytes === undefined)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `${describe(subject)} has "binary_data_size", but no header Inference-Header-Content-Length says where the JSON part ends; send it`,
      )
    const left = this.#bytes.byteLength - this.#at
    if (size > left)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `${describe(subject)}: "binary_data_size" is ${size}, but only ${left} bytes of the body are left; check Inference-Header-Content-Length`,
      )
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  /** Throws when octets are left that no tensor took. */
  finish(): void {
    const left = (this.#bytes?.byteLength ?? 0) - this.#at
    if (left > 0)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `${left} byte${left === 1 ? '' : 's'} of the body belong${left === 1 ? 's' : ''} to no tensor: the sum of "binary_data_size" must be what follows the JSON part`,
      )
  }
}

export interface BlobSpec {
  readonly subject: Subject
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** Where its size is said, for messages; the parameter "binary_data_size" when absent. */
  readonly source?: string
}

/** The tensor in exactly these octets; numbers are a view of them where they are aligned, BYTES always are. */
export function decodeBlob(blob: Uint8Array, spec: BlobSpec): Tensor {
  const { subject, datatype, shape, source = '"binary_data_size"' } = spec
  const count = elementCount(shape)
  if (datatype === 'BYTES') return tensor('BYTES', shape, splitBytes(blob, subject, { count, shape }))
  const size = count * ITEM_BYTES[datatype]
  if (blob.byteLength !== size)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${describe(subject)}: ${datatype} [${shape.join(', ')}] takes ${size} bytes, but ${source} is ${blob.byteLength}`,
    )
  if (datatype === 'BOOL') checkBooleans(blob, subject)
  return tensor(datatype, shape, viewData(datatype, blob))
}

function checkBooleans(blob: Uint8Array, subject: Subject): void {
  for (let index = 0; index < blob.byteLength; index++)
    if ((blob[index] as number) > 1)
      throw new ServeError('INVALID_ARGUMENT', `${describe(subject)}: element ${index} is ${blob[index]}, but BOOL takes the bytes 0 and 1`)
}

function splitBytes(blob: Uint8Array, subject: Subject, tensor: { count: number; shape: readonly number[] }): Uint8Array[] {
  const elements: Uint8Array[] = []
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  let at = 0
  while (at < blob.byteLength) {
    const left = blob.byteLength - at - 4
    if (left < 0) refuse(subject, `${left + 4} bytes are left where the 4-byte length of element ${elements.length} should be`)
    const length = view.getUint32(at, true)
    if (length > left) refuse(subject, `element ${elements.length} says it has ${length} bytes, but only ${left} are left`)
    elements.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  if (elements.length !== tensor.count)
    refuse(
      subject,
      `shape [${tensor.shape.join(', ')}] takes ${tensor.count} element${tensor.count === 1 ? '' : 's'}, but the bytes hold ${elements.length}`,
    )
  return elements
}

function refuse(subject: Subject, problem: string): never {
  throw new ServeError(
    'INVALID_ARGUMENT',
    `${describe(subject)}: ${problem}; BYTES are a little-endian 32-bit length and the octets, for each element`,
  )
}

/** Writes a tensor's octets to `target` from `from` on; returns where they end. */
export function putBlob(target: Uint8Array, from: number, value: Tensor): number {
  if (value.datatype !== 'BYTES') {
    target.set(bytesOf(value.data), from)
    return from + byteLength(value)
  }
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength)
  let at = from
  for (const element of value.data) {
    view.setUint32(at, element.byteLength, true)
    target.set(element, at + 4)
    at += 4 + element.byteLength
  }
  return at
}
