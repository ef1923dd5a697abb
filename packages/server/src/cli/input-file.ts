/** The file that `predict -i` names, as the inputs of a model. */
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { describeSpec, type InputInfo, quoted, type Tensors, tensor } from '@slipway/protocol'
import { parseCsv } from '../base/csv.ts'
import { columnNames, tableToInputs } from '../dialects/bodies/table.ts'
import { CommandError, EXIT } from './exit.ts'
import { jsonInputs } from './input-json.ts'

export const INPUT_FORMATS = ['json', 'csv', 'text', 'image'] as const
export type InputFormat = (typeof INPUT_FORMATS)[number]

export interface InputFile {
  /** For messages: the path, or "standard input". */
  readonly name: string
  readonly bytes: Uint8Array
  readonly format?: InputFormat | undefined
}

const BY_EXTENSION: Readonly<Record<string, InputFormat>> = {
  '.json': 'json',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'text',
  '.png': 'image',
  '.jpg': 'image',
  '.jpeg': 'image',
  '.webp': 'image',
  '.gif': 'image',
}

/** The octets of the path, or of standard input for `-`. */
export async function readInput(path: string, stdin: AsyncIterable<Uint8Array>): Promise<Omit<InputFile, 'format'>> {
  if (path === '-') {
    const parts: Uint8Array[] = []
    for await (const part of stdin) parts.push(part)
    return { name: 'standard input', bytes: Buffer.concat(parts) }
  }
  try {
    return { name: path, bytes: await readFile(path) }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new CommandError(EXIT.notFound, `there is no input file ${quoted(path)}`, { cause })
    throw new CommandError(EXIT.failed, `the input file ${quoted(path)} cannot be read: ${message}`, { cause })
  }
}

/** The inputs that the file holds, in the form that `format`, its name or its first octets tell. Throws with the file's name. */
export function fileInputs(file: InputFile, inputs: readonly InputInfo[]): Tensors {
  try {
    return convert(file, inputs)
  } catch (error) {
    if (error instanceof Error && ['CommandError', 'ServeError'].includes(error.name))
      throw new CommandError(EXIT.usage, `${file.name}: ${error.message}`, { cause: error })
    throw error
  }
}

function convert(file: InputFile, inputs: readonly InputInfo[]): Tensors {
  const format = file.format ?? BY_EXTENSION[extname(file.name).toLowerCase()] ?? sniff(file.bytes, inputs)
  if (format === 'json') return jsonInputs(file.bytes, inputs)
  if (format === 'image') return imageInputs(file.bytes, inputs)
  const text = decode(file.bytes)
  if (format === 'csv') return csvInputs(text, file.name, inputs)
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  return tableToInputs(inputs, { rows: lines.map((line) => [line]) })
}

const MAGIC: readonly (readonly number[])[] = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
  [0x52, 0x49, 0x46, 0x46],
]

function sniff(bytes: Uint8Array, inputs: readonly InputInfo[]): InputFormat {
  if (MAGIC.some((magic) => magic.every((octet, index) => bytes[index] === octet))) return 'image'
  const first = bytes.find((octet) => octet > 0x20)
  if (first === 0x7b || first === 0x5b) return 'json'
  return inputs.length === 1 && inputs[0]?.as.kind === 'text' ? 'text' : 'csv'
}

function imageInputs(bytes: Uint8Array, inputs: readonly InputInfo[]): Tensors {
  const spec = inputs.find(({ as }) => as.kind === 'image')
  if (spec !== undefined) return new Map([[spec.name, tensor('BYTES', [1], [bytes])]])
  const takes = inputs.map((input) => `${quoted(input.name)} ${describeSpec(input)}`).join(', ')
  throw new CommandError(
    EXIT.usage,
    `is a picture, but the model declares no image input (it takes ${takes}); declare "kind: image" in its model.yaml, or give JSON`,
  )
}

function csvInputs(text: string, name: string, inputs: readonly InputInfo[]): Tensors {
  const [first, ...rest] = parseCsv(text, separatorOf(text, name))
  if (first === undefined) throw new CommandError(EXIT.usage, 'is empty')
  return isHeader(first, inputs) ? tableToInputs(inputs, { header: first, rows: rest }) : tableToInputs(inputs, { rows: [first, ...rest] })
}

/** A first line that names a column, or holds text where the model takes numbers. */
function isHeader(cells: readonly string[], inputs: readonly InputInfo[]): boolean {
  const names = columnNames(inputs)
  if (cells.some((cell) => names.includes(cell) && Number.isNaN(Number(cell)))) return true
  if (inputs.some(({ datatype }) => datatype === 'BYTES' || datatype === 'BOOL')) return false
  return cells.every((cell) => cell.trim() !== '' && Number.isNaN(Number(cell)) && !/^[+-]?(nan|inf(inity)?)$/i.test(cell.trim()))
}

function separatorOf(text: string, name: string): ',' | ';' | '\t' {
  if (name.toLowerCase().endsWith('.tsv')) return '\t'
  const line = text.slice(0, text.search(/\r?\n|$/))
  return !line.includes(',') && line.includes(';') ? ';' : ','
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new CommandError(EXIT.usage, 'is no UTF-8 text; save it as UTF-8, or name what it is with --format', { cause })
  }
}
