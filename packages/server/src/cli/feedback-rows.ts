/** Marked answers as rows of a data set: JSON lines, or a table whose columns are the elements of the tensors. */
import type { FeedbackInfo } from '@slipway/client'
import { decodeInferRequest, decodeInferResponse, elementCount, flatJson, nestedJson, type Tensor, type Tensors } from '@slipway/protocol'
import { exactJson } from './output.ts'

/** An entry, and the place of its picture where the whole input was one. */
export interface FeedbackRow {
  readonly entry: FeedbackInfo
  /** Relative to the data set. */
  readonly picture?: string
}

/** One line, without its end. */
export function rowJson({ entry, picture }: FeedbackRow): string {
  const { id, markedAt, model, version, requestId, verdict, label, note, input, output } = entry
  const given = picture === undefined ? input : { file: picture }
  return exactJson({ id, markedAt, model, version, requestId, verdict, label, note, input: given, output }, 0)
}

const FIELDS = ['id', 'markedAt', 'model', 'version', 'requestId', 'verdict', 'label', 'note'] as const
/** A tensor of one row with more elements than this is one cell of JSON: nobody reads so many columns. */
const MOST_COLUMNS = 256

/** The cells of a row by column: `input.age`, `output.scores[0]`, … A single element is bare, what does not fit into columns is JSON. */
export function rowCells({ entry, picture }: FeedbackRow): ReadonlyMap<string, string> {
  const cells = new Map<string, string>(FIELDS.map((field) => [field, entry[field] ?? '']))
  const octets = (value: object) => Buffer.from(exactJson(value, 0))
  if (picture !== undefined) cells.set('picture', picture)
  else if ('inputs' in entry.input)
    addTensors(cells, 'input', decodeInferRequest(octets(entry.input), { model: entry.model }).request.inputs)
  addTensors(cells, 'output', decodeInferResponse(octets(entry.output)).outputs)
  return cells
}

function addTensors(cells: Map<string, string>, side: 'input' | 'output', tensors: Tensors): void {
  for (const [name, value] of tensors) {
    const count = elementCount(value.shape)
    const column = `${side}.${name}`
    if (count === 1) cells.set(column, elements(value)[0] as string)
    else if (value.shape[0] === 1 && count <= MOST_COLUMNS)
      for (const [index, text] of elements(value).entries()) cells.set(`${column}[${index}]`, text)
    else cells.set(column, nestedJson(value))
  }
}

/** Each element as a cell: numbers with all their digits, texts without quotation marks. */
function elements(value: Tensor): readonly string[] {
  if (value.datatype === 'BYTES') return JSON.parse(flatJson(value)) as readonly string[]
  return flatJson(value)
    .slice(1, -1)
    .split(',')
    .map((text) => text.replaceAll('"', ''))
}
