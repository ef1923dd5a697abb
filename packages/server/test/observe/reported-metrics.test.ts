import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCacheMetrics } from '../../src/observe/cache-metrics.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { createModelMetrics } from '../../src/observe/model-metrics.ts'
import { countNoted, type Noted, reportedCacheMetrics } from '../../src/observe/reported-metrics.ts'
import { fakeClock } from '../support/clock.ts'

const own = { model: 'm', version: '1' }

test('what a response cache counts in another process is counted where all are merged, and only there', () => {
  const noted: Noted[] = []
  const there = createMetrics()
  const reported = reportedCacheMetrics(createCacheMetrics(there, own), (one) => noted.push(one))
  reported.looked('hit', 2)
  reported.looked('coalesced', 1)
  reported.looked('miss', 0.5)
  reported.looked('off', 0)
  reported.askedShared('error')

  const here = createMetrics()
  const cache = { metrics: createCacheMetrics(here, own) }
  cache.metrics.looked('hit', 1)
  const counted = { metrics: createModelMetrics(here, { ...own, clock: fakeClock() }), cache }
  countNoted(counted, JSON.parse(JSON.stringify(noted)) as Noted[])

  assert.deepEqual(cache.metrics.counts(), { hit: 2, coalesced: 1, miss: 1, off: 1 })
  assert.deepEqual(cache.metrics.sharedCounts(), { hit: 0, miss: 0, error: 1 })
  assert.deepEqual(cache.metrics.totals(), { hit: { count: 3, ms: 4 }, miss: { count: 1, ms: 0.5 } })
  const text = here.render('prometheus')
  assert.match(text, /slipway_cache_requests_total\{model="m",version="1",result="hit"\} 2\n/)
  assert.match(text, /nv_cache_num_hits_per_model\{model="m",version="1"\} 3\n/)
  assert.match(text, /nv_cache_hit_duration_per_model\{model="m",version="1"\} 4000\n/)
  assert.match(there.render('prometheus'), /slipway_cache_requests_total\{model="m",version="1",result="hit"\} 0\n/)
})
