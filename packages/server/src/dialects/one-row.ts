/** Dialects whose requests hold one case each, and clients that send several at once all the same: which of both a value is. */
import type { InputInfo, JsonValue } from '@slipway/protocol'
import type { Revision } from '../serving/revision.ts'

/**
 * True when the value is one row of the input rather than rows of it: it is no array, or is nested less deep than the input has dimensions
 * and its elements are no whole rows written flat. An input that is not tensor-shaped here (a picture, any rank) takes an array for rows.
 */
export function isOneRow(input: InputInfo | undefined, value: JsonValue): boolean {
  if (!Array.isArray(value)) return true
  if (input === undefined || input.unknownRank === true || value.some((element) => element instanceof Map)) return false
  return depthOf(value) < input.shape.length && leavesOf(value[0]) !== elementsOfRow(input)
}

/** Undefined when they are not fixed. */
function elementsOfRow({ shape }: InputInfo): number | undefined {
  const row = shape.slice(1)
  return row.includes(-1) ? undefined : row.reduce((product, size) => product * size, 1)
}

function leavesOf(value: JsonValue | undefined): number {
  return Array.isArray(value) ? value.reduce((count: number, element: JsonValue) => count + leavesOf(element), 0) : 1
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
