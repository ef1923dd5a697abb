/** What can be said of a nested array without showing all of it. */
import { flatten, shapeOf } from '../form/nesting.ts'

export interface TensorFacts {
  readonly shape: readonly number[]
  readonly count: number
  /** Absent when the elements are no numbers. */
  readonly range?: { readonly min: number; readonly max: number; readonly mean: number }
}

/** Shape, count, and the range and mean of its finite numbers. */
export function tensorFacts(value: unknown): TensorFacts {
  const flat = flatten(value)
  const shape = shapeOf(value)
  const numbers = flat.filter((element) => typeof element === 'number' && Number.isFinite(element)) as number[]
  if (numbers.length === 0) return { shape, count: flat.length }
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let sum = 0
  for (const element of numbers) {
    min = Math.min(min, element)
    max = Math.max(max, element)
    sum += element
  }
  return { shape, count: flat.length, range: { min, max, mean: sum / numbers.length } }
}
