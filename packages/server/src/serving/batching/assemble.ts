/** The inputs of one run from those of its requests, filled up where that pays, and each request's outputs from those of the run. */
import type { Tensors } from '@slipway/protocol'
import type { Entry } from '../waiting.ts'
import type { Forecast } from './forecast.ts'
import type { Ragged } from './ragged.ts'
import { copiesOfFirstRow, elementsIn, sliceAll } from './rows.ts'

export interface Assembled {
  readonly parts: readonly Tensors[]
  /** A body that the model reads itself, alone. */
  readonly whole: boolean
  /** Of the requests. */
  readonly rows: number
  /** Rows that run: as many, or more where a larger run takes less. */
  readonly size: number
  /** Elements of a row as it runs, where requests differ in them; else 1. */
  readonly unit: number
  readonly paddedElements: number
  /** What the request at `index` gets of the run's outputs. */
  outputsOf(outputs: Tensors, index: number): Tensors
}

export interface AssembleOptions {
  readonly maxRows: number
  readonly mixedShapes: boolean
  readonly forecast: Forecast
  readonly ragged?: Ragged | undefined
}

export function assemble(entries: readonly Entry[], options: AssembleOptions): Assembled {
  const { maxRows, mixedShapes, forecast, ragged } = options
  const starts: number[] = []
  let [rows, unit] = [0, 1]
  for (const entry of entries) {
    starts.push(rows)
    rows += entry.rows
    unit = Math.max(unit, entry.unit)
  }
  const { parts, lengths, longest, paddedElements } = evened(entries, mixedShapes ? ragged : undefined)
  // Rows of many sizes are learned by elements, and those tell no steps.
  const whole = entries[0]?.whole === true
  const size = mixedShapes || rows === 0 || rows >= maxRows || whole ? rows : (forecast.fasterSize(rows) ?? rows)
  return {
    parts: size > rows ? [...parts, copiesOfFirstRow(parts[0] as Tensors, size - rows)] : parts,
    whole,
    rows,
    size,
    unit,
    paddedElements,
    outputsOf: (outputs, index) => {
      const from = starts[index] as number
      const own = entries.length === 1 && size === rows ? outputs : sliceAll(outputs, from, from + (entries[index] as Entry).rows)
      const length = lengths?.[index]
      return ragged === undefined || length === undefined ? own : ragged.cut(own, longest, length)
    },
  }
}

interface Evened {
  readonly parts: readonly Tensors[]
  /** The requests' own; undefined when nothing was padded. */
  readonly lengths?: readonly number[]
  readonly longest: number
  readonly paddedElements: number
}

function evened(entries: readonly Entry[], ragged: Ragged | undefined): Evened {
  const parts = entries.map((entry) => entry.inputs)
  const lengths = ragged === undefined || parts.length === 1 ? [] : parts.flatMap((inputs) => ragged.lengthOf(inputs) ?? [])
  const longest = Math.max(0, ...lengths)
  if (ragged === undefined || lengths.length < parts.length || lengths.every((length) => length === longest))
    return { parts, longest, paddedElements: 0 }
  const padded = parts.map((inputs) => ragged.pad(inputs, longest))
  const paddedElements = padded.reduce((sum, inputs, index) => sum + elementsIn(inputs) - elementsIn(parts[index] as Tensors), 0)
  return { parts: padded, lengths, longest, paddedElements }
}
