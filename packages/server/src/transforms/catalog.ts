/** Names the transforms. What one needs is imported only when a model declares it. */
import { elementCount, ServeError, type Signature, type Tensor, type Tensors } from '@slipway/protocol'
import type { InputTransform, Transform } from './transform.ts'

/**
 * What the worker does to inputs before a run; undefined when that is nothing. An input that may be a picture is decoded when it is BYTES,
 * and passes unchanged when it is a tensor already. Throws when a transform names no input of the signature.
 */
export async function inputTransform(transforms: readonly InputTransform[], signature: Signature): Promise<Transform | undefined> {
  if (transforms.length === 0) return undefined
  const { createImageTransform } = await import('./image.ts')
  const decoders = new Map(
    transforms.map(({ input, image }) => {
      const spec = signature.inputs.find(({ name }) => name === input)
      if (spec === undefined) throw new ServeError('FAILED_PRECONDITION', `the model has no input "${input}" to decode pictures for`)
      return [input, createImageTransform(image, spec)] as const
    }),
  )
  return async (inputs) => {
    const ready = new Map<string, Tensor>()
    for (const [name, value] of inputs) {
      const decode = value.datatype === 'BYTES' ? decoders.get(name) : undefined
      ready.set(name, decode === undefined || value.datatype !== 'BYTES' ? value : await decode(encodedRows(name, value)))
    }
    return ready satisfies Tensors
  }
}

/** The encoded pictures of a tensor [n] or [n, 1]. */
function encodedRows(name: string, value: Extract<Tensor, { datatype: 'BYTES' }>): readonly Uint8Array[] {
  const [, ...rest] = value.shape
  if (value.shape.length === 0 || elementCount(rest) !== 1)
    throw new ServeError('INVALID_ARGUMENT', `input "${name}": encoded pictures come as BYTES [n], got [${value.shape.join(', ')}]`)
  return value.data
}
