/** A valid value for any tensor, so that a raw JSON editor never starts empty. */
import type { InputInfo } from '@slipway/client'
import { writeJson } from '../call/exact-json.ts'

const TYPED_BY_HAND = 4096

/** Elements of the smallest valid value: every free dimension is 1. */
export function skeletonSize(input: Pick<InputInfo, 'shape'>): number {
  return skeletonShape(input).reduce((product, size) => product * size, 1)
}

/** The shape that the skeleton has: free dimensions are 1. */
function skeletonShape(input: Pick<InputInfo, 'shape'>): number[] {
  return input.shape.map((size) => (size < 0 ? 1 : size))
}

/** True when a person can sensibly edit the value in a text field. */
export function isEditable(input: Pick<InputInfo, 'shape'>): boolean {
  return skeletonSize(input) <= TYPED_BY_HAND
}

/** Nested zeros (false for BOOL, "text" for BYTES) of the input's shape, as JSON with one line for each innermost row. */
export function skeleton(input: Pick<InputInfo, 'shape' | 'datatype'>): string {
  const element = input.datatype === 'BYTES' ? 'text' : input.datatype === 'BOOL' ? false : 0
  return write(element, skeletonShape(input), 0)
}

function write(element: unknown, shape: readonly number[], depth: number): string {
  if (shape.length === 0) return writeJson(element)
  const [size = 0, ...rest] = shape
  const items = Array.from({ length: size }, () => write(element, rest, depth + 1))
  if (rest.length === 0 || size === 0) return `[${items.join(', ')}]`
  const pad = '  '.repeat(depth + 1)
  return `[\n${items.map((item) => pad + item).join(',\n')}\n${'  '.repeat(depth)}]`
}
