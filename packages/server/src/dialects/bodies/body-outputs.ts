/** Answers in the form that the caller can read: rows of JSON, a table, lines of JSON, an array of NumPy. */
import { flatJson, parseJson, quoted, ServeError, type Tensor, type Tensors } from '@slipway/protocol'
import { csvLine } from '../../base/csv.ts'
import { negotiate } from './media.ts'
import { encodeNpy } from './npy.ts'
import { outputRows } from './output-rows.ts'

const FORMS = [
  'application/json',
  'text/csv',
  'application/jsonlines',
  'application/jsonl',
  'application/x-ndjson',
  'application/x-npy',
] as const
export type AnswerForm = (typeof FORMS)[number]

/** What an answer will be written as: the first of all when the caller does not say. Throws NOT_ACCEPTABLE with those there are. */
export const answerForm = (accept: string | undefined): AnswerForm => negotiate(accept, FORMS)

/** The body of an answer. `json` writes the dialect's own. */
export function answerBody(form: AnswerForm, outputs: Tensors, json: () => string): Uint8Array | string {
  if (form === 'application/json') return json()
  if (form === 'text/csv') return csvOf(outputs)
  if (form !== 'application/x-npy')
    return outputRows(outputs)
      .map((row) => `${row}\n`)
      .join('')
  const [only] = outputs.values()
  if (only !== undefined && outputs.size === 1) return encodeNpy(only)
  throw new ServeError(
    'NOT_ACCEPTABLE',
    `the answer has ${outputs.size} outputs (${[...outputs.keys()].map(quoted).join(', ')}), and application/x-npy holds one array; accept application/json`,
  )
}

/** One line for each row, without a header: the elements of every output behind one another. */
function csvOf(outputs: Tensors): string {
  const columns = [...outputs].map(([name, value]) => cellsByRow(name, value))
  const rows = columns[0]?.length ?? 0
  if (columns.some((column) => column.length !== rows))
    throw new ServeError('NOT_ACCEPTABLE', 'the outputs have different numbers of rows, which no table holds; accept application/json')
  return Array.from({ length: rows }, (_, row) => `${csvLine(columns.flatMap((column) => column[row] as readonly string[]))}\n`).join('')
}

function cellsByRow(name: string, value: Tensor): readonly (readonly string[])[] {
  const [rows] = value.shape
  if (rows === undefined)
    throw new ServeError(
      'NOT_ACCEPTABLE',
      `output ${quoted(name)} is a single value for all rows, which no table holds; accept application/json`,
    )
  const cells = cellsOf(value)
  const width = rows === 0 ? 0 : cells.length / rows
  return Array.from({ length: rows }, (_, row) => cells.slice(row * width, (row + 1) * width))
}

/** Numbers as JSON writes them, exact; NaN and the infinities by their names. */
function cellsOf(value: Tensor): readonly string[] {
  const text = flatJson(value)
  if (value.datatype === 'BYTES') return (parseJson(Buffer.from(text)) as readonly string[]).map(String)
  return text === '[]' ? [] : text.slice(1, -1).replaceAll('"', '').split(',')
}
