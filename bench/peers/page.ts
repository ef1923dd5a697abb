/** Puts the latest report between two marks of docs/performance.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/workspace.ts'

const PAGE = join(ROOT, 'docs', 'performance.md')
const START = '<!-- peers: written by `npm run bench:peers -- --write-docs` -->'
const END = '<!-- /peers -->'

/** The page with everything between the marks replaced. */
export function withReport(page: string, report: string): string {
  const [from, to] = [page.indexOf(START), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`docs/performance.md lacks the marks ${START} and ${END}`)
  return `${page.slice(0, from + START.length)}\n\n${report.trim()}\n\n${page.slice(to)}`
}

export const writeReport = (report: string): void => writeFileSync(PAGE, withReport(readFileSync(PAGE, 'utf8'), report))
