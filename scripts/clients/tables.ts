/** What was found, for a terminal and for the documentation. */
import type { Finding } from './prove.ts'
import { sameNumbers } from './prove.ts'

export type Row = readonly string[]
export const HEAD: Row = ['client', 'dialects', 'checks', 'result']

const resultOf = ({ failures, skipped }: Finding): string =>
  skipped !== undefined ? 'skipped' : failures.length === 0 ? 'ok' : `${failures.length} failed`

/** One row for each client, and, when any of them asked for it, one that says whether the same image got the same numbers. */
export function clientRows(findings: readonly Finding[]): readonly Row[] {
  const rows = findings.map((finding) => [
    finding.version,
    finding.client.proves.map(({ dialect }) => dialect).join(', ') || finding.client.name,
    String(finding.checks),
    resultOf(finding),
  ])
  const asked = findings.filter(({ numbers }) => numbers !== undefined).length
  if (asked === 0) return rows
  return [
    ...rows,
    ['the same digits image', 'the same ten numbers, bit for bit', `${asked} clients`, sameNumbers(findings) ? 'ok' : 'differ'],
  ]
}

const [BEGIN, END] = ['<!-- npm run test:clients -- --write -->', '<!-- end -->']

/** The page with its table between the two marks made new; throws when the page has no marks. */
export function withProofs(page: string, findings: readonly Finding[]): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`the page has no "${BEGIN}" before "${END}"`)
  return `${page.slice(0, begin + BEGIN.length)}\n${proofTable(findings)}\n${page.slice(end)}`
}

function proofTable(findings: readonly Finding[]): string {
  const rows = findings
    .filter(({ skipped, failures }) => skipped === undefined && failures.length === 0)
    .flatMap(({ client, version }) =>
      client.proves.map(({ dialect, routes }) => `| ${dialect} | ${routes} | ${client.name}, ${version.split(' ')[1] ?? version} |`),
    )
  return ['| dialect | routes | client |', '|---|---|---|', ...rows.sort()].join('\n')
}
