/** That the data of every tensor is as long as its shape and type say. */
import { quoted } from '@slipway/protocol'
import { DOUBLE, elemTypeName, elemTypeOf, FLOAT, STRING } from '../proto/elem-type.ts'
import type { ModelProto } from '../proto/model-proto.ts'
import type { TensorProto } from '../proto/tensor-proto.ts'
import { tensorsOf } from '../proto/walk.ts'
import { refusal } from '../refusal.ts'

/** Elements of a tensor of the file; throws when a dimension is negative or the product cannot be counted. */
export function elementsOf(tensor: TensorProto): number {
  let count = 1
  for (const size of tensor.dims) {
    if (size < 0)
      throw refusal(`tensor ${quoted(tensor.name)} has the shape [${tensor.dims.join(', ')}]; stored data has no negative dimension`)
    count *= size
    if (count > Number.MAX_SAFE_INTEGER)
      throw refusal(`tensor ${quoted(tensor.name)} has the shape [${tensor.dims.join(', ')}], which is more than can be counted`)
  }
  return count
}

/** Octets that a tensor's elements take where they are stored as they are, in `raw_data` or in a file beside the model. */
export function storedBytes(tensor: TensorProto): number {
  return Math.ceil((elementsOf(tensor) * (elemTypeOf(tensor.elemType)?.bits ?? 0)) / 8)
}

/** Throws for the first tensor whose data contradicts its shape. Data outside the file is left to `checkExternalData`. */
export function checkTensors(model: ModelProto): void {
  for (const { tensor, where } of tensorsOf(model)) {
    if (elemTypeOf(tensor.elemType) === undefined)
      throw refusal(
        `${where} ${quoted(tensor.name)} has ${elemTypeName(tensor.elemType)}, which ONNX does not know; the file is damaged or newer than this reader`,
      )
    elementsOf(tensor)
    const wrong = tensor.external === undefined ? wrongInside(tensor) : wrongOutside(tensor)
    if (wrong !== undefined)
      throw refusal(
        `${where} ${quoted(tensor.name)}, ${elemTypeName(tensor.elemType)} [${tensor.dims.join(', ')}], ${wrong}; the file is damaged`,
      )
  }
}

function wrongOutside(tensor: TensorProto): string | undefined {
  if (tensor.rawBytes !== undefined) return 'has its data inside the file and outside of it'
  if (tensor.elemType === STRING) return 'is text, which cannot lie outside the file'
  return undefined
}

function wrongInside(tensor: TensorProto): string | undefined {
  const count = elementsOf(tensor)
  if (tensor.rawBytes !== undefined) {
    if (tensor.elemType === STRING) return 'is text, which cannot be raw data'
    const needed = storedBytes(tensor)
    return tensor.rawBytes === needed ? undefined : `needs ${needed} bytes and holds ${tensor.rawBytes}`
  }
  const held = typedCount(tensor)
  return held === undefined || held === count ? undefined : `needs ${count} elements and holds ${held}`
}

/** Elements held in typed fields, where they can be counted without reading them. */
function typedCount(tensor: TensorProto): number | undefined {
  if (tensor.elemType === STRING) return tensor.strings
  if (tensor.elemType === FLOAT) return tensor.floats
  if (tensor.elemType === DOUBLE) return tensor.doubles
  const held = tensor.floats + tensor.doubles
  return tensor.hasIntegers || held > 0 ? undefined : 0
}
