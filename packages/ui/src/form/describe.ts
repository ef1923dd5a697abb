/** A tensor's datatype and shape as people read it. */
import type { TensorSpec } from '@slipway/client'

/** `FP32 [batch, 1, 8, 8]`; a free dimension without a name is `?`. */
export function describeShape(spec: Pick<TensorSpec, 'datatype' | 'shape' | 'symbols'>): string {
  const sizes = spec.shape.map((size, axis) => (size >= 0 ? String(size) : (spec.symbols[axis] ?? '?')))
  return `${spec.datatype} [${sizes.join(', ')}]`
}
