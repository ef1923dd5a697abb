/** Whether rows of strangers may share a run, as far as the signature tells. */
import { describeSpec, quoted, type Signature, type TensorSpec } from '@slipway/protocol'
import type { Batchable } from './model.ts'

const UNNAMED = '?'

/**
 * Dimension 0 must be free and of one name on every input and output; dimensions without a name agree with each other and with any name.
 * An optional input forbids it: its default has rows of its own number, and stands for a whole run, not for each of the rows in it.
 */
export function batchOf({ inputs, outputs }: Signature): Batchable {
  if (inputs.length === 0) return no('the model has no input, so nothing says how many rows a request has')
  const optional = inputs.find((spec) => spec.optional === true)
  if (optional !== undefined)
    return no(
      `input ${quoted(optional.name)} may be left out, and its default then holds for a whole run, not for one row; export the model without a default to have requests joined`,
    )
  const sides = [['input', inputs] as const, ['output', outputs] as const]
  let symbol: { readonly name: string; readonly of: string } | undefined
  for (const [side, specs] of sides)
    for (const spec of specs) {
      const named = `${side} ${quoted(spec.name)}`
      const why = notByRows(spec, named)
      if (why !== undefined) return no(why)
      const name = spec.symbols[0]
      if (name === null || name === undefined) continue
      if (symbol !== undefined && symbol.name !== name)
        return no(
          `dimension 0 is ${quoted(symbol.name)} on ${symbol.of} but ${quoted(name)} on ${named}; export with one name for the batch on all of them`,
        )
      symbol ??= { name, of: named }
    }
  const elsewhere = symbol === undefined ? undefined : usedElsewhere(symbol.name, [...inputs, ...outputs])
  if (elsewhere !== undefined) return no(elsewhere)
  return { batchable: true, symbol: symbol?.name ?? UNNAMED }
}

function no(why: string): Batchable {
  return { batchable: false, why }
}

function notByRows(spec: TensorSpec, named: string): string | undefined {
  if (spec.unknownRank === true) return `${named} declares no shape, so its rows cannot be told apart; export the model with shapes`
  const [rows] = spec.shape
  if (rows === undefined) return `${named} is a scalar and has no rows; export it with a free dimension 0 to have requests joined`
  if (rows >= 0) return `dimension 0 of ${named} is fixed (${describeSpec(spec)}); export it with a free one to have requests joined`
  return undefined
}

/** A result of batch by batch compares rows with each other, so strangers' rows would show in it. */
function usedElsewhere(symbol: string, specs: readonly TensorSpec[]): string | undefined {
  const found = specs.find(({ symbols }) => symbols.indexOf(symbol, 1) > 0)
  if (found === undefined) return undefined
  return `${quoted(found.name)} (${describeSpec(found)}) has the batch ${quoted(symbol)} in a second dimension, so its rows depend on each other`
}
