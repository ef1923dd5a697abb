/** Dialects whose requests hold one case each, and clients that send several at once all the same: which of both a value is. */
import type { InputInfo, JsonValue } from '@slipway/protocol'
import type { Revision } from '../serving/revision.ts'

/**
 * True when the value is one row of the input rather than rows of it: it is no array, or is nested one level less deep than the input has
 * dimensions. An input that is not tensor-shaped here (a picture, any rank) takes an array for rows.
 */
export function isOneRow(input: InputInfo | undefined, value: JsonValue): boolean {
  if (!Array.isArray(value)) return true
  if (input === undefined || input.unknownRank === true || value.some((element) => element instanceof Map)) return false
  return depthOf(value) < input.shape.length
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

function depthOf(value: JsonValue): number {
  let depth = 0
  for (let inside = value; Array.isArray(inside); inside = inside[0] as JsonValue) depth++
  return depth
}
