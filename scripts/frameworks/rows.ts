/** What the frameworks' tests reported, for a terminal and for the documentation. */
import type { FrameworkRow } from '../../packages/server/test/support/framework-row.ts'

/** The rows of a run, by way and name; of two for the same the later one counts. */
export function readRows(text: string): readonly FrameworkRow[] {
  const lines = text.split('\n').filter((line) => line !== '')
  const rows = new Map(lines.map((line) => JSON.parse(line) as FrameworkRow).map((row) => [`${row.framework} ${row.way}`, row]))
  return [...rows.values()].sort((a, b) => rank(a) - rank(b) || a.framework.localeCompare(b.framework))
}

const rank = ({ way }: FrameworkRow): number => (way === 'as it is' ? 0 : way === 'converted' ? 1 : 2)

export const HEAD = ['framework', 'version', 'Python', 'way', 'input', 'max difference', 'environment', 'verdict']

export const cellsOf = (row: FrameworkRow): readonly string[] => [
  row.framework,
  row.version,
  row.python,
  row.way,
  row.input,
  row.maxDifference === undefined ? '–' : figure(row.maxDifference),
  row.buildSeconds === undefined ? '–' : `${row.buildSeconds.toFixed(0)} s`,
  row.tolerance === undefined || row.tolerance === 0 || row.verdict !== 'same' ? row.verdict : `same within ${figure(row.tolerance)}`,
]

const figure = (value: number): string => (value === 0 ? '0' : value.toExponential(1).replace(/\.0e/, 'e'))

const [BEGIN, END] = ['<!-- npm run test:frameworks -- --write -->', '<!-- end -->']

/** The page with its table between the two marks made new; throws when the page has no marks. */
export function withRows(page: string, rows: readonly FrameworkRow[]): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`the page has no "${BEGIN}" before "${END}"`)
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const noted = [...HEAD, 'asked by']
  const table = [line(noted), line(noted.map(() => '---')), ...rows.map((row) => line([...cellsOf(row), row.note ?? '']))]
  return `${page.slice(0, begin + BEGIN.length)}\n${table.join('\n')}\n${page.slice(end)}`
}
