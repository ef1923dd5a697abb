/** TF Serving's classify and regress: examples are lists of features by name, results are labels with scores, or numbers. */
import {
  flatJson,
  type InferResponse,
  type InputInfo,
  type JsonObject,
  type JsonValue,
  type OutputInfo,
  parseJson,
  quoted,
  ServeError,
  type Tensor,
  type Tensors,
} from '@slipway/protocol'
import type { Call } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { rowsToInputs } from './bodies/rows.ts'
import { checkJsonType } from './bodies/rows-body.ts'

export interface Examples {
  readonly inputs: Tensors
  /** The members beside the examples. */
  readonly members: JsonObject
}

/** Features of `context` are in every example that does not have them itself. Throws INVALID_ARGUMENT. */
export function readExamples(call: Call, revision: Revision): Examples {
  checkJsonType(call)
  const members = parseJson(call.body, { nonFinite: true })
  if (!(members instanceof Map)) throw new ServeError('INVALID_ARGUMENT', 'the body must be a JSON object with "examples"')
  const body: JsonObject = members
  const examples = body.get('examples')
  if (!Array.isArray(examples))
    throw new ServeError('INVALID_ARGUMENT', '"examples" must be an array with one object of features for each row')
  const context = features(body.get('context') ?? new Map(), '"context"')
  const rows = examples.map((example: JsonValue, index) => {
    const all = new Map([...context, ...features(example, `example ${index}`)])
    return new Map([...all].map(([name, value]) => [name, featureValue(revision.package.inputs, name, value)]))
  })
  return { inputs: rowsToInputs(revision, rows), members: body }
}

function features(value: JsonValue, what: string): JsonObject {
  if (value instanceof Map) return value
  throw new ServeError('INVALID_ARGUMENT', `${what} must be an object of features by name`)
}

/** A feature is a list; its only element may stand alone, on either side. Booleans count as 0 and 1, as tf.Example has them. */
function featureValue(inputs: readonly InputInfo[], name: string, value: JsonValue): JsonValue {
  const list = (Array.isArray(value) ? value : [value]).map((element: JsonValue) =>
    typeof element === 'boolean' ? Number(element) : element,
  )
  const input = inputs.find((one) => one.name === name)
  const isColumn = input === undefined ? list.length === 1 : input.unknownRank !== true && input.shape.length === 1
  return isColumn && list.length === 1 ? (list[0] as JsonValue) : list
}

type Outputs = readonly (readonly [OutputInfo, Tensor])[]

function outputsOf({ outputs }: InferResponse, revision: Revision): Outputs {
  return revision.package.outputs.flatMap((info) => {
    const value = outputs.get(info.name)
    return value === undefined ? [] : [[info, value] as const]
  })
}

/** Each row's labels with their scores, in the model's order. Throws INVALID_ARGUMENT for a model without scores. */
export function classified(response: InferResponse, revision: Revision): string {
  const found = outputsOf(response, revision).find(([info]) => info.as.kind === 'scores')
  if (found?.[0].as.kind !== 'scores')
    throw new ServeError(
      'INVALID_ARGUMENT',
      `model ${quoted(revision.model)} has no output of scores, so it cannot classify; ask it to :predict, or declare one of its outputs as scores in its manifest`,
    )
  const [info, value] = found
  const { labels } = found[0].as
  const classes = info.shape.length > 1 ? (value.shape.at(-1) ?? 1) : 1
  // By way of the text, so that a score reads as it does in predictions.
  const scores = elementsText(value)
  const rows: string[] = []
  for (let from = 0; from < scores.length; from += classes) {
    const pairs = scores.slice(from, from + classes).map((score, index) => `[${JSON.stringify(labels[index] ?? String(index))},${score}]`)
    rows.push(`[${pairs.join(',')}]`)
  }
  return `[${rows.join(',')}]`
}

const elementsText = (value: Tensor) => flatJson(value, { bareNonFinite: true }).slice(1, -1).split(',')

/** One number for each row. Throws INVALID_ARGUMENT unless exactly one output has that. */
export function regressed(response: InferResponse, revision: Revision): string {
  const values = outputsOf(response, revision).filter(
    ([{ as }, { datatype, shape }]) =>
      as.kind === 'tensor' && datatype !== 'BYTES' && (shape.length === 1 || (shape.length === 2 && shape[1] === 1)),
  )
  const [only] = values
  if (only !== undefined && values.length === 1) {
    const [, value] = only
    return flatJson(value, { bareNonFinite: true })
  }
  const all = revision.package.outputs.map(({ name, shape }) => `${quoted(name)} [${shape.join(', ')}]`).join(', ')
  throw new ServeError(
    'INVALID_ARGUMENT',
    `model ${quoted(revision.model)} has ${values.length} outputs of one number a row, so it cannot regress; ask it to :predict. Its outputs are ${all}`,
  )
}
