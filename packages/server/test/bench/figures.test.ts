import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figuresBetween, parseScrape, sumOf } from '../../src/bench/figures.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { createModelMetrics } from '../../src/observe/model-metrics.ts'
import { fakeClock } from '../support/clock.ts'

test('labels may hold what the format escapes', () => {
  const scrape = parseScrape('# HELP a b\na{model="x\\"},y",code="OK"} 3\na{model="z"} 4\nb 1.5\nnonsense\n')
  assert.equal(sumOf(scrape, 'a'), 7)
  assert.equal(sumOf(scrape, 'a', { code: 'OK' }), 3)
  assert.equal(sumOf(scrape, 'b'), 1.5)
  assert.equal(sumOf(scrape, 'c'), undefined)
})

test('the figures are what grew between two scrapes of real metrics, of this model only', () => {
  const metrics = createMetrics()
  const clock = fakeClock()
  const mine = createModelMetrics(metrics, { model: 'mine', version: '1', clock })
  const other = createModelMetrics(metrics, { model: 'other', version: '1', clock })
  mine.follow({ queueRows: () => 0, replicas: () => ({ ready: 2, wanted: 2 }) })
  const ran = { reason: 'full', rows: 4, ms: 12, inferMs: 10, transformMs: 1, transportMs: 1, paddedRows: 0, paddedElements: 0 } as const
  mine.ran(ran)
  const before = parseScrape(metrics.render('prometheus'))
  for (let run = 0; run < 5; run++) mine.ran(ran)
  other.ran(ran)
  mine.failed('UNAVAILABLE', 'v2', 1)
  const figures = figuresBetween(before, parseScrape(metrics.render('prometheus')), { model: 'mine', seconds: 2 })
  assert.equal(figures.runs, 5)
  assert.equal(figures.rows, 20)
  assert.ok(Math.abs(figures.inferSeconds - 0.05) < 1e-9)
  assert.equal(figures.replicas, 2)
  assert.equal(figures.refused, 1)
  assert.equal(figures.reasons.full, 5)
  assert.equal(figures.http.cpuSeconds, undefined)
})

test('the processor time of all HTTP processes counts as the server’s', () => {
  const scrape = (first: number, second: number, third: number) =>
    parseScrape(
      [
        `slipway_process_cpu_seconds{process="http"} ${first}`,
        'slipway_http_processes 3',
        `slipway_http_process_cpu_seconds{process="2"} ${second}`,
        `slipway_http_process_cpu_seconds{process="3"} ${third}`,
      ].join('\n'),
    )
  const figures = figuresBetween(scrape(1, 2, 3), scrape(2, 4, 6), { model: 'mine', seconds: 2 })
  assert.equal(figures.http.cpuSeconds, 6)
  assert.equal(figures.httpProcesses, 3)
  assert.equal(figuresBetween(new Map(), new Map(), { model: 'mine', seconds: 2 }).httpProcesses, 1)
})
