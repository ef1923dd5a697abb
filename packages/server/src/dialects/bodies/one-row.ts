/** Dialects whose requests hold one case each, and clients that send several at once all the same: which of both a value is. */
import type { InputInfo, JsonValue } from '@slipway/protocol'
import type { Revision } from '../../serving/revision.ts'

/**
 * True when the value is one row of the input rather than rows of it: it is no array, or is nested less deep than the input has dimensions
 * and its elements are no whole rows written flat. What has the very dimensions of a row is one; but an array of single values, for an input
 * of one a row, is rows. An input that is not tensor-shaped here (a picture, any rank) takes an array for rows.
 */
export function isOneRow(input: InputInfo | undefined, value: JsonValue): boolean {
  if (!Array.isArray(value)) return true
  if (input === undefined || input.unknownRank === true || value.some((element) => element instanceof Map)) return false
  const sizes = sizesOf(value)
  if (sizes.length >= input.shape.length) return false
  const row = input.shape.slice(1)
  const elements = row.includes(-1) ? undefined : productOf(row)
  if (elements === undefined || elements === 1) return elements === undefined
  return sizes.join() === row.join() || productOf(sizes.slice(1)) !== elements
}

const productOf = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1)

/** Of the nesting, along its first elements. */
function sizesOf(value: JsonValue): readonly number[] {
  const sizes: number[] = []
  for (let inside = value; Array.isArray(inside); inside = inside[0] as JsonValue) sizes.push(inside.length)
  return sizes
}

/** Whether an object of inputs by name is one row: all of them are. */
export function isOneNamedRow({ package: { inputs } }: Revision, values: ReadonlyMap<string, JsonValue>): boolean {
  return [...values].every(([name, value]) =>
    isOneRow(
      inputs.find((input) => input.name === name),
      value,
    ),
  )
}
