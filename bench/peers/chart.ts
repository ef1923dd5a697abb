/** Bars of requests per second, one group for each case, as an SVG that stands on light and dark pages alike. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/workspace.ts'

export interface Bar {
  readonly title: string
  readonly value: number
  readonly ours: boolean
}

export interface Group {
  readonly title: string
  readonly bars: readonly Bar[]
}

const [WIDTH, LABEL, FIGURE, ROW, HEAD] = [760, 230, 90, 22, 44]
const FILE = join(ROOT, 'docs', 'peers.svg')

const STYLE =
  '.b{fill:#fff}text{font:13px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600;font-size:14px}.n{fill:#59636e}.p{fill:#aeb6bf}.o{fill:#1769aa}' +
  '@media(prefers-color-scheme:dark){.b{fill:#0d1117}text{fill:#e6edf3}.n{fill:#9198a1}.p{fill:#57606a}.o{fill:#54aeff}}'

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function barOf({ title, value, ours }: Bar, most: number, y: number): string {
  const length = Math.max(1, ((WIDTH - LABEL - FIGURE) * value) / most)
  const figure = value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1)
  return (
    `<text x="${LABEL - 8}" y="${y + 14}" text-anchor="end">${escaped(title)}</text>` +
    `<rect class="${ours ? 'o' : 'p'}" x="${LABEL}" y="${y + 2}" width="${length.toFixed(1)}" height="${ROW - 6}" rx="2"/>` +
    `<text class="n" x="${(LABEL + length + 6).toFixed(1)}" y="${y + 14}">${figure}</text>`
  )
}

/** Each group has a scale of its own; its longest bar fills the width. */
export function chart(groups: readonly Group[], caption: string): string {
  const parts: string[] = []
  let y = 8
  for (const { title, bars } of groups) {
    parts.push(`<text class="t" x="8" y="${y + 20}">${escaped(title)}</text>`)
    y += HEAD - 12
    const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE)
    for (const bar of [...bars].sort((a, b) => b.value - a.value)) {
      parts.push(barOf(bar, most, y))
      y += ROW
    }
    y += 12
  }
  parts.push(`<text class="n" x="8" y="${y + 16}">${escaped(caption)}</text>`)
  const height = y + 28
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img"><title>${escaped(caption)}</title><style>${STYLE}</style><rect class="b" width="${WIDTH}" height="${height}"/>${parts.join('')}</svg>\n`
}

export function writeChart(svg: string): void {
  writeFileSync(FILE, svg)
}
