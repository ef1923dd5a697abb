/** The best classes of an output in place of its numbers, where a request asks for them. Source: Triton's docs/protocol/extension_classification.md. */
import {
  createData,
  elementCount,
  flatJson,
  type InferRequest,
  type InferResponse,
  numbersOf,
  type OutputInfo,
  type ParameterValue,
  quoted,
  type RequestedOutput,
  ServeError,
  type Tensor,
  type Tensors,
  tensor,
} from '@slipway/protocol'
import type { CallContext, Layer } from '../infer.ts'

/**
 * An output requested with `parameters.classification = k` becomes BYTES [rows, k] of "value:index" or "value:index:label", best first;
 * [k] for a vector of a model whose rows are not joined. With fewer than k classes there are that many; k = 0 leaves the output as it is.
 */
export function classify(outputs: readonly OutputInfo[], rowsJoined: 'rows joined' | 'rows apart'): Layer {
  const labels = new Map(outputs.map(({ name, as }) => [name, as.kind === 'scores' ? as.labels : []]))
  return (next) => {
    const chosen = async (request: InferRequest, outputsOf: readonly RequestedOutput[], context: CallContext): Promise<InferResponse> => {
      const wanted = classified(outputsOf)
      if (wanted.size === 0) return next(request, context)
      const response = await next(request, context)
      const answers = new Map<string, Tensor>()
      for (const [name, value] of response.outputs) {
        const count = wanted.get(name)
        answers.set(name, count === undefined ? value : best(name, value, { count, labels: labels.get(name) ?? [], rowsJoined }))
      }
      return { ...response, outputs: answers satisfies Tensors }
    }
    // A request that names no outputs passes without a promise of this layer's own.
    return (request, context) => (request.outputs === undefined ? next(request, context) : chosen(request, request.outputs, context))
  }
}

type Counts = ReadonlyMap<string, number>
const NONE: Counts = new Map()

function classified(outputs: readonly RequestedOutput[]): Counts {
  let counts: Map<string, number> | undefined
  for (const { name, parameters } of outputs) {
    const value = parameters?.get('classification')
    if (value === undefined) continue
    const count = countOf(name, value)
    if (count > 0) {
      counts ??= new Map()
      counts.set(name, count)
    }
  }
  return counts ?? NONE
}

function countOf(name: string, value: ParameterValue): number {
  const count = typeof value === 'bigint' ? Number(value) : value
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count
  throw new ServeError(
    'INVALID_ARGUMENT',
    `output ${quoted(name)}: parameter "classification" must be a whole number of classes, got ${quoted(value)}`,
  )
}

interface Classification {
  readonly count: number
  readonly labels: readonly string[]
  readonly rowsJoined: 'rows joined' | 'rows apart'
}

function best(name: string, value: Tensor, { count, labels, rowsJoined }: Classification): Tensor {
  if (value.datatype === 'BYTES')
    throw new ServeError(
      'INVALID_ARGUMENT',
      `output ${quoted(name)} is text, and text has no best classes; ask for it without "classification"`,
    )
  const hasRows = value.shape.length > 1 || (value.shape.length === 1 && rowsJoined === 'rows joined')
  const rows = hasRows ? (value.shape[0] as number) : 1
  const classes = elementCount(hasRows ? value.shape.slice(1) : value.shape)
  const kept = Math.min(count, classes)
  const isBetter = orderOf(value)
  const places: number[] = []
  for (let row = 0; row < rows; row++)
    for (const place of highest(row * classes, (row + 1) * classes, { kept, isBetter })) places.push(place)
  const texts = textsOf(value, places)
  const elements = places.map((place, position) => {
    const label = labels[place % classes]
    return Buffer.from(`${texts[position]}:${place % classes}${label === undefined ? '' : `:${label}`}`)
  })
  return tensor('BYTES', hasRows ? [rows, kept] : [kept], elements)
}

type IsBetter = (a: number, b: number) => boolean

/** Compares two places by the datatype's own values, 64-bit integers exactly; NaN is below all numbers. */
function orderOf(value: Tensor): IsBetter {
  const half = value.datatype === 'FP16' || value.datatype === 'BF16'
  const data = (half ? numbersOf(value) : value.data) as ArrayLike<number | bigint>
  return (a, b) => {
    const [left, right] = [data[a] as number | bigint, data[b] as number | bigint]
    return left > right || (Number.isNaN(right) && !Number.isNaN(left))
  }
}

const FEW = 32

/** The `kept` best places from `from` up to `to`, best first; of equals the first. One pass when few are kept. */
function highest(from: number, to: number, { kept, isBetter }: { readonly kept: number; readonly isBetter: IsBetter }): readonly number[] {
  if (kept > FEW)
    return Array.from({ length: to - from }, (_, index) => from + index)
      .sort((a, b) => (isBetter(a, b) ? -1 : isBetter(b, a) ? 1 : a - b))
      .slice(0, kept)
  const found: number[] = []
  for (let at = from; at < to; at++) {
    if (found.length === kept && !isBetter(at, found[kept - 1] as number)) continue
    let place = found.length
    while (place > 0 && isBetter(at, found[place - 1] as number)) place -= 1
    found.splice(place, 0, at)
    if (found.length > kept) found.pop()
  }
  return found
}

/** The elements at these places as V2's JSON writes them: exact, and the shortest that reads back to the same value. */
function textsOf(value: Tensor, places: readonly number[]): readonly string[] {
  if (places.length === 0) return []
  const { datatype } = value as Exclude<Tensor, { readonly datatype: 'BYTES' }>
  const picked = createData(datatype, places.length)
  for (const [position, place] of places.entries()) picked[position] = value.data[place] as number & bigint
  return flatJson(tensor(datatype, [places.length], picked))
    .slice(1, -1)
    .replaceAll('"', '')
    .split(',')
}
