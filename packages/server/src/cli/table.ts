/** Tables and bars as text. Cells may hold what a model's file or a caller wrote, so control characters are escaped. */
import { stripVTControlCharacters } from 'node:util'
import { escapeControls } from '../observe/log-line.ts'

export interface Column {
  readonly heading: string
  /** Numbers stand to the right. */
  readonly align?: 'left' | 'right'
}

const GAP = '  '

/** Lines of a table under its headings, each cell on one line. `width` cuts the last column; none when absent. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[], width = Number.POSITIVE_INFINITY): string[] {
  const safe = rows.map((row) => columns.map((_, index) => escapeControls(row[index] ?? '')))
  const all = [columns.map(({ heading }) => heading), ...safe]
  const widths = columns.map((_, index) => Math.max(...all.map((row) => displayWidth(row[index] as string))))
  const last = columns.length - 1
  const before = widths.slice(0, last).reduce((total, own) => total + own + GAP.length, 0)
  const room = Math.max(8, width - before)
  return all.map((row) => {
    const cells = columns.map((column, index) => {
      const text = index === last && column.align !== 'right' ? cutTo(row[index] as string, room) : (row[index] as string)
      const fill = ' '.repeat(Math.max(0, (widths[index] as number) - displayWidth(text)))
      return column.align === 'right' ? fill + text : text + fill
    })
    return cells.join(GAP).trimEnd()
  })
}

/** The value's share of `width` cells as blocks, in eighths of a cell; always `width` cells wide. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share)) * width * 8)
  const rest = eighths % 8
  const partial = rest === 0 ? '' : String.fromCodePoint(0x2590 - rest)
  return ('█'.repeat(Math.floor(eighths / 8)) + partial).padEnd(width)
}

/** East Asian wide characters and most emoji take two cells of a terminal, combining marks none. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

function displayWidth(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) {
    if (/\p{Mark}/u.test(character)) continue
    width += WIDE.test(character) ? 2 : 1
  }
  return width
}

function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let cut = ''
  for (const character of text) {
    if (displayWidth(cut + character) > width - 1) break
    cut += character
  }
  return `${cut}…`
}
