/** The forms of JSON that `predict` takes: a V2 request, a golden example that holds one, inputs by name, or bare rows. */
import {
  decodeInferRequest,
  type InputInfo,
  type JsonObject,
  type JsonValue,
  parseJson,
  quoted,
  type Tensor,
  type Tensors,
  tensorFromJson,
} from '@slipway/protocol'
import { nearest } from '../base/nearest.ts'
import { columnNames, tableToInputs } from '../dialects/bodies/table.ts'
import { CommandError, EXIT } from './exit.ts'
import { exactJson } from './output.ts'

/** Throws ServeError or CommandError with what does not fit. */
export function jsonInputs(bytes: Uint8Array, inputs: readonly InputInfo[]): Tensors {
  const value = parseJson(bytes)
  if (value instanceof Map) {
    const given = (value as JsonObject).get('inputs')
    const example = (value as JsonObject).get('request')
    if (isV2(given)) return decodeInferRequest(bytes, { model: 'model' }).request.inputs
    if (example instanceof Map && isV2(example.get('inputs'))) return jsonInputs(Buffer.from(exactJson(example)), inputs)
    return objectInputs(given instanceof Map && !inputs.some(({ name }) => name === 'inputs') ? given : value, inputs)
  }
  if (Array.isArray(value) && value.length > 0 && value.every((item) => item instanceof Map)) return recordInputs(value, inputs)
  const [only] = inputs
  if (inputs.length !== 1 || only === undefined) {
    if (Array.isArray(value) && value.every(Array.isArray)) return tableToInputs(inputs, { rows: value })
    throw new CommandError(
      EXIT.usage,
      `the model has ${inputs.length} inputs, so give them by name: { ${inputs.map(({ name }) => `${quoted(name)}: …`).join(', ')} }`,
    )
  }
  return new Map([[only.name, fitted(only, value)]])
}

function isV2(given: JsonValue | undefined): boolean {
  return Array.isArray(given) && given.length > 0 && given.every((item) => item instanceof Map && item.has('name') && item.has('datatype'))
}

/** Inputs by name, or the columns of one row by name. */
function objectInputs(object: JsonObject, inputs: readonly InputInfo[]): Tensors {
  const names = inputs.map(({ name }) => name)
  const keys = [...object.keys()]
  const unknown = keys.find((key) => !names.includes(key))
  const [only] = inputs
  if (unknown !== undefined && inputs.length === 1 && only?.as.kind === 'features') return recordInputs([object], inputs)
  if (unknown !== undefined) {
    const meant = nearest(unknown, names)
    const hint = meant === undefined ? `it takes ${names.map(quoted).join(', ')}` : `did you mean ${quoted(meant)}?`
    throw new CommandError(EXIT.usage, `the model has no input ${quoted(unknown)}; ${hint}`)
  }
  const specs = inputs.filter(({ name }) => object.has(name))
  return new Map(specs.map((spec): [string, Tensor] => [spec.name, fitted(spec, object.get(spec.name) as JsonValue)]))
}

function recordInputs(records: readonly JsonValue[], inputs: readonly InputInfo[]): Tensors {
  const header = columnNames(inputs)
  const rows = (records as readonly JsonObject[]).map((record) => {
    const stray = [...record.keys()].find((key) => !header.includes(key))
    if (stray !== undefined) throw unknownColumn(stray, header)
    return header.map((name) => record.get(name) ?? null)
  })
  return tableToInputs(inputs, { header, rows })
}

function unknownColumn(name: string, header: readonly string[]): CommandError {
  const meant = nearest(name, header)
  const hint = meant === undefined ? `it takes ${header.map(quoted).join(', ').slice(0, 400)}` : `did you mean ${quoted(meant)}?`
  return new CommandError(EXIT.usage, `the model has no input or column ${quoted(name)}; ${hint}`)
}

/** One row may be given without the list around it; values of a one-column input without a list around each. */
function fitted(spec: InputInfo, value: JsonValue): Tensor {
  const { name, datatype, shape } = spec
  const missing = shape.length - depthOf(value)
  if (missing === 1 && shape.length === 2 && shape[1] === 1 && Array.isArray(value))
    return tensorFromJson(
      { name, datatype },
      value.map((item) => [item]),
    )
  let nested = value
  for (let level = 0; level < missing && (shape[missing - 1 - level] ?? 0) <= 1; level++) nested = [nested]
  return tensorFromJson({ name, datatype }, nested)
}

function depthOf(value: JsonValue): number {
  let depth = 0
  for (let inner: JsonValue | undefined = value; Array.isArray(inner); inner = inner[0]) depth += 1
  return depth
}
