/** The report of a load test: one HTML file with its charts and the library that draws them, which needs no network. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type BenchResult, meanPhases } from './bench.ts'
import { Latencies } from './latencies.ts'
import type { BenchTarget } from './target.ts'

const require = createRequire(import.meta.url)
const PAGE = new URL('../../report/page.html', import.meta.url)
const SCRIPT = new URL('../../report/charts.js', import.meta.url)

/** Eight bars for each doubling: what is fine enough to measure with is too ragged to look at. */
function coarser(buckets: ReturnType<Latencies['buckets']>): ReturnType<Latencies['buckets']> {
  const bars = new Map<number, number>()
  for (const { fromMs, count } of buckets) {
    const bar = 2 ** (Math.floor(Math.log2(fromMs) * 8) / 8)
    bars.set(bar, (bars.get(bar) ?? 0) + count)
  }
  return Array.from(bars, ([fromMs, count]) => ({ fromMs, count }))
}

/** What the page draws. Plain JSON. */
function reportData(target: BenchTarget, { stages, capacity, verdict, roundTripMs, judged }: BenchResult, at: Date) {
  const { model, server, origin, dialect, bodiesFrom } = target
  return {
    model,
    about: `${server}, ${origin}, ${dialect}, ${bodiesFrom}`,
    at: at.toISOString(),
    capacity,
    verdict,
    roundTripMs,
    judged: judged.name,
    phases: meanPhases(judged.result.windows),
    stages: stages.map(({ name, offered, result }) => ({
      name,
      offered,
      perSecond: result.perSecond,
      p50: result.p50,
      p99: result.p99,
      p999Ms: result.p999Ms,
      mostMs: result.mostMs,
      failed: result.failed + result.dropped,
      windows: result.windows.map(({ answered, seconds, latencies }) => ({
        perSecond: answered / seconds,
        p99: Latencies.parse(latencies).quantile(0.99),
      })),
    })),
    histogram: coarser(judged.result.latencies.buckets()),
  }
}

export async function reportHtml(target: BenchTarget, result: BenchResult, at: Date): Promise<string> {
  const [page, script, library, style] = await Promise.all([
    readFile(PAGE, 'utf8'),
    readFile(SCRIPT, 'utf8'),
    readFile(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8'),
    readFile(require.resolve('uplot/dist/uPlot.min.css'), 'utf8'),
  ])
  // A model's name may hold what would end the script.
  const data = JSON.stringify(reportData(target, result, at)).replaceAll('<', '\\u003c')
  const slots: Readonly<Record<string, string>> = {
    'library-style': `<style>${style}</style>`,
    library: `<script>${library}</script>`,
    data: `<script type="application/json" id="data">${data}</script>`,
    charts: `<script>${script}</script>`,
  }
  return page.replaceAll(/<!--([\w-]+)-->/g, (slot, name: string) => slots[name] ?? slot)
}
