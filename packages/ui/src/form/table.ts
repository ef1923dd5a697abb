/** Reads a table that was pasted from a spreadsheet or a CSV file. */

export interface Table {
  /** One cell for each column asked for, in that order. */
  readonly rows: readonly (readonly string[])[]
  /** True when the first line held the column names. */
  readonly header: boolean
}

/** What is wrong with the table, in words for the person who pasted it. */
export interface TableProblem {
  readonly problem: string
}

const DELIMITERS = ['\t', ';', ','] as const

/** Lines to rows. Columns are found by name when the first line holds names, by position otherwise. */
export function parseTable(text: string, columns: readonly string[]): Table | TableProblem {
  const lines = splitCells(text, delimiterOf(text, columns.length))
  const [first, ...rest] = lines
  if (first === undefined) return { problem: 'The table is empty. Paste at least one line of values.' }
  const order = headerOrder(first, columns)
  if (order === undefined) return checkWidths(lines, columns)
  const missing = columns.filter((_, index) => (order[index] ?? -1) < 0)
  if (missing.length > 0) return { problem: `The header lacks ${list(missing)}. It needs a column for each of ${list(columns)}.` }
  if (rest.length === 0) return { problem: 'The table has a header but no rows below it.' }
  return { header: true, rows: rest.map((row) => order.map((index) => row[index] ?? '')) }
}

function checkWidths(lines: readonly (readonly string[])[], columns: readonly string[]): Table | TableProblem {
  const bad = lines.findIndex((row) => row.length !== columns.length)
  if (bad < 0) return { header: false, rows: lines }
  const found = lines[bad]?.length ?? 0
  return {
    problem: `Line ${bad + 1} has ${found} ${found === 1 ? 'value' : 'values'}; the model takes ${columns.length}: ${list(columns)}.`,
  }
}

/** For each column its place in the header, -1 when absent; undefined when the line is no header. */
function headerOrder(line: readonly string[], columns: readonly string[]): number[] | undefined {
  const names = line.map(normalise)
  const order = columns.map((name) => names.indexOf(normalise(name)))
  const found = order.filter((index) => index >= 0).length
  return found > 0 && found * 2 >= columns.length ? order : undefined
}

const normalise = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')

/** The delimiter whose count in the first line fits the number of columns best; a tab wins a tie, and one that does not occur never wins against one that does. */
function delimiterOf(text: string, columns: number): string {
  const line = text.trimStart().split('\n', 1)[0] ?? ''
  const distance = (delimiter: string) => {
    const cells = line.split(delimiter).length
    return cells === 1 && columns > 1 ? Number.POSITIVE_INFINITY : Math.abs(cells - columns)
  }
  return DELIMITERS.reduce<string>((best, next) => (distance(next) < distance(best) ? next : best), '\t')
}

/** RFC 4180: quotes protect delimiters and line ends, a doubled quote is a quote. Empty lines are skipped. */
function splitCells(text: string, delimiter: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let inQuotes = false
  const endCell = () => {
    row.push(cell.trim())
    cell = ''
  }
  const endRow = () => {
    endCell()
    if (row.some((value) => value !== '')) rows.push(row)
    row = []
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (inQuotes && char === '"' && text[at + 1] === '"') {
      cell += '"'
      at++
    } else if (char === '"' && (inQuotes || cell.trim() === '')) {
      inQuotes = !inQuotes
    } else if (!inQuotes && char === delimiter) endCell()
    else if (!inQuotes && char === '\n') endRow()
    else if (inQuotes || char !== '\r') cell += char
  }
  endRow()
  return rows
}

const SHOWN = 6

function list(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => `“${name}”`)
  return names.length > SHOWN ? `${shown.join(', ')} and ${names.length - SHOWN} more` : shown.join(', ')
}
