/** Comma-separated text to rows of cells, and back. Source: RFC 4180; a lone line feed ends a line too. */
import { CommandError, EXIT } from './exit.ts'

/** Empty lines are left out; the answer's rows may differ in length. Throws a CommandError for a quote that never ends. */
export function parseCsv(text: string, separator: ',' | ';' | '\t'): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = text.startsWith('\ufeff') ? 1 : 0
  const endRow = () => {
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  while (at < text.length) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, { at, separator })
    row.push(cell.value)
    at = cell.end
    if (text[at] === separator) {
      at += 1
      // A separator at the very end still opens a last, empty cell.
      if (at === text.length) row.push('')
      continue
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1
    at += 1
    endRow()
  }
  if (row.length > 0) endRow()
  return rows
}

interface Cell {
  readonly value: string
  /** Where the separator, the line's end or the text's end is. */
  readonly end: number
}

function quotedCell(text: string, start: number): Cell {
  let value = ''
  let at = start + 1
  for (;;) {
    const close = text.indexOf('"', at)
    if (close < 0) {
      const line = text.slice(0, start).split('\n').length
      throw new CommandError(EXIT.usage, `line ${line}: a quoted cell begins and never ends; close it with a quotation mark`)
    }
    value += text.slice(at, close)
    if (text[close + 1] !== '"') return { value, end: endOfJunk(text, close + 1) }
    value += '"'
    at = close + 2
  }
}

/** Spaces between a closing quote and the separator are common and mean nothing. */
function endOfJunk(text: string, at: number): number {
  let end = at
  while (text[end] === ' ') end += 1
  return end
}

function plainCell(text: string, { at, separator }: { readonly at: number; readonly separator: string }): Cell {
  let end = at
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && !(text[end] === '\r' && text[end + 1] === '\n')) end += 1
  return { value: text.slice(at, end), end }
}

/** One line of comma-separated text, without its end. Cells are written as they are: a program is to read them. */
export function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
}
