/** Comma-separated text to rows of cells, and back. Source: RFC 4180; a lone line feed ends a line too. */
import { ServeError } from '@slipway/protocol'
import { CsvError, parse } from 'csv-parse/sync'

/** Empty lines are left out; the answer's rows may differ in length. Throws INVALID_ARGUMENT, with the row or line, for quotes that do not fit. */
export function parseCsv(text: string, separator: ',' | ';' | '\t'): string[][] {
  try {
    return parse(text, {
      bom: true,
      delimiter: separator,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      // Spaces between a closing quote and the separator are common and mean nothing.
      rtrim: true,
      skip_empty_lines: true,
    })
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    throw new ServeError('INVALID_ARGUMENT', problemOf(cause), { cause })
  }
}

function problemOf({ code, message, lines, records }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED')
    return `row ${Number(records) + 1}: a quoted cell begins and never ends; close it with a quotation mark`
  if (INSIDE.has(code)) return `line ${lines}: a quotation mark stands inside a cell; put the whole cell in quotes and double the mark`
  return `line ${lines}: ${message}`
}

const INSIDE: ReadonlySet<string> = new Set([
  'INVALID_OPENING_QUOTE',
  'CSV_INVALID_CLOSING_QUOTE',
  'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE',
])

/** One line of comma-separated text, without its end. Cells are written as they are: a program is to read them. */
export function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
}
