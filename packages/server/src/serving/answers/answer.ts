/** An answer as it is kept: its tensors apart from the frame they came in, since a view of few octets would keep a whole frame alive. */
import { bytesOf, createData, type InferResponse, type NumericDatatype, type Tensor, type Tensors, tensor } from '@slipway/protocol'

/** Shared by all who are given it, so nobody may write to its tensors. */
export interface Answer {
  readonly outputs: Tensors
  readonly rows: number
  readonly batchRows: number
}

export function answerOf({ outputs, rows, batchRows }: InferResponse): Answer {
  const own = new Map<string, Tensor>()
  for (const [name, value] of outputs) own.set(name, copyOf(value))
  return { outputs: own, rows, batchRows }
}

function copyOf(value: Tensor): Tensor {
  const shape = [...value.shape]
  if (value.datatype === 'BYTES') return tensor('BYTES', shape, copyElements(value.data))
  const data = createData(value.datatype as NumericDatatype, value.data.length)
  bytesOf(data).set(bytesOf(value.data))
  return tensor(value.datatype, shape, data)
}

/** All elements in one buffer: one of their own each would cost more than most texts. */
function copyElements(elements: readonly Uint8Array[]): readonly Uint8Array[] {
  const all = new Uint8Array(elements.reduce((total, { byteLength }) => total + byteLength, 0))
  let at = 0
  return elements.map((element) => {
    all.set(element, at)
    at += element.byteLength
    return all.subarray(at - element.byteLength, at)
  })
}

/** What an entry takes besides its octets, measured on Node 24: key, slot, map and answer; a tensor with its array; an element's view. */
const ENTRY_BYTES = 450
const TENSOR_BYTES = 400
const ELEMENT_BYTES = 110

/** About what the answer keeps alive, its key included. */
export function sizeOf({ outputs }: Answer): number {
  let bytes = ENTRY_BYTES
  for (const [name, { shape, data }] of outputs) {
    bytes += TENSOR_BYTES + name.length + shape.length * 8
    if (ArrayBuffer.isView(data)) bytes += data.byteLength
    else for (const element of data) bytes += ELEMENT_BYTES + element.byteLength
  }
  return bytes
}
