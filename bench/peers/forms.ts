/** One row as each server takes it. Every form carries the same numbers. */
import type { Payload } from '../payload.ts'
import type { Case, Row, RowInput } from './cases.ts'

export type Form = 'v2-json' | 'v2-binary' | 'named-lists' | 'rows' | 'octets' | 'file' | 'base64'

const JSON_HEADERS = { 'Content-Type': 'application/json' }
const OCTETS = { 'Content-Type': 'application/octet-stream' }
/** Sums of a thousand products round differently from one batch size to another. */
const TOLERANCE = 2e-4

const octetsOf = ({ datatype, values }: RowInput): Buffer =>
  Buffer.from((datatype === 'FP32' ? Float32Array.from(values) : BigInt64Array.from(values, BigInt)).buffer)

function v2Binary(model: string, { inputs, answer }: Row): Payload {
  const values = inputs.map(octetsOf)
  const described = inputs.map(({ name, datatype, shape }, index) => ({
    name,
    datatype,
    shape: [1, ...shape],
    parameters: { binary_data_size: values[index]?.length },
  }))
  const head = Buffer.from(JSON.stringify({ inputs: described, parameters: { binary_data_output: true } }))
  return {
    path: `/v2/models/${model}/infer`,
    headers: { ...OCTETS, 'Inference-Header-Content-Length': String(head.length) },
    body: Buffer.concat([head, ...values]),
    expected: { numbers: answer, at: 'binary', tolerance: TOLERANCE },
  }
}

function json(path: string, body: unknown, expected: Omit<Payload['expected'], 'tolerance'>): Payload {
  const numbers = { ...expected, tolerance: TOLERANCE }
  return { path, headers: JSON_HEADERS, body: Buffer.from(JSON.stringify(body)), expected: numbers }
}

function multipart(path: string, { inputs: [input], answer }: Row, at: Payload['expected']['at']): Payload {
  const boundary = 'slipway-bench-boundary'
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="image.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`
  return {
    path,
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), octetsOf(input as RowInput), Buffer.from(`\r\n--${boundary}--\r\n`)]),
    expected: { numbers: answer, at, tolerance: TOLERANCE },
  }
}

/** Where a server answers a form. */
export interface Route {
  readonly form: Form
  readonly path: string
  /** Where the numbers lie in a JSON answer. */
  readonly at?: readonly (string | number)[]
}

function payloadOf({ form, path, at = ['y'] }: Route, model: string, row: Row): Payload {
  const { inputs, answer } = row
  const lists = Object.fromEntries(inputs.map(({ name, values }) => [name, values]))
  switch (form) {
    case 'v2-binary':
      return v2Binary(model, row)
    case 'v2-json': {
      const tensors = inputs.map(({ name, datatype, shape, values }) => ({ name, datatype, shape: [1, ...shape], data: values }))
      return json(`/v2/models/${model}/infer`, { inputs: tensors }, { numbers: answer, at: ['outputs', 0, 'data'] })
    }
    case 'rows':
      return json(path, { rows: [inputs[0]?.values] }, { numbers: answer, at: [0] })
    case 'octets':
      return {
        path,
        headers: OCTETS,
        body: octetsOf(inputs[0] as RowInput),
        expected: { numbers: answer, at: 'binary', tolerance: TOLERANCE },
      }
    case 'base64':
      return json(path, { image_base64: octetsOf(inputs[0] as RowInput).toString('base64') }, { numbers: answer, at })
    case 'file':
      return multipart(path, row, at)
    case 'named-lists':
      return json(path, lists, { numbers: answer, at })
  }
}

/** The requests of a case, one for each of its rows. */
export const payloadsOf = (route: Route, model: string, { rows }: Case): readonly Payload[] =>
  rows.map((row) => payloadOf(route, model, row))
