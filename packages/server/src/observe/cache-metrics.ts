/** The figures of a response cache: scraped metrics, Triton's names beside them, and totals for the API. Source of the names: Triton's docs/user_guide/metrics.md. */
import type { CacheResult } from '@slipway/protocol'
import type { Metrics } from './metrics.ts'
import type { Total } from './totals.ts'

/** What a cache keeps, or those of several processes together. */
export interface Kept {
  readonly bytes: number
  readonly entries: number
  readonly evictions: number
}

export interface CacheGauges {
  kept(): Kept
  /** Whether it pays, as far as is known. */
  on(): boolean
}

export type SharedResult = 'hit' | 'miss' | 'error'

export interface CacheMetrics {
  /** One request was looked up, or let through; `ms` until its answer was found, or was known not to be there. */
  looked(result: CacheResult, ms: number): void
  /** The tier that servers share was asked. */
  askedShared(result: SharedResult): void
  /** Where gauges are read, at each scrape. */
  follow(gauges: CacheGauges): void
  counts(): Readonly<Record<CacheResult, number>>
  sharedCounts(): Readonly<Record<SharedResult, number>>
  /** Of requests that were answered without a run of their own, and of those that were not. */
  totals(): { readonly hit: Total; readonly miss: Total }
}

const OWN = ['model', 'version'] as const

/** The series go when the holder of the model's other series lets them go. */
export function createCacheMetrics(metrics: Metrics, own: { readonly model: string; readonly version: string }): CacheMetrics {
  const requests = metrics.counter({
    name: 'slipway_cache_requests_total',
    help: 'Requests that reached the response cache: hit, coalesced (answered by the run of an equal request), miss, off (not looked up).',
    labels: [...OWN, 'result'],
  })
  const shared = metrics.counter({
    name: 'slipway_cache_redis_requests_total',
    help: 'Look-ups in Redis: hit, miss, error (also those that took too long, or were not tried while its breaker is open).',
    labels: [...OWN, 'result'],
  })
  const triton = tritonCounters(metrics, own)
  const results = { hit: requests, coalesced: requests, miss: requests, off: requests }
  const series = mapped(results, (family, result) => family.with({ ...own, result }))
  const sharedSeries = mapped({ hit: shared, miss: shared, error: shared }, (family, result) => family.with({ ...own, result }))
  // Series outlive a reload under one version; these are of this holder alone.
  const counts = { hit: 0, coalesced: 0, miss: 0, off: 0 }
  const sharedCounts = { hit: 0, miss: 0, error: 0 }
  let hitMs = 0
  let missMs = 0
  return {
    looked: (result, ms) => {
      series[result].value += 1
      counts[result] += 1
      if (result === 'off') return
      if (result === 'miss') missMs += ms
      else hitMs += ms
      triton.looked(result === 'miss' ? 'miss' : 'hit', ms)
    },
    askedShared: (result) => {
      sharedSeries[result].value += 1
      sharedCounts[result] += 1
    },
    follow: (gauges) => followGauges(metrics, own, gauges),
    counts: () => ({ ...counts }),
    sharedCounts: () => ({ ...sharedCounts }),
    totals: () => ({ hit: { count: counts.hit + counts.coalesced, ms: hitMs }, miss: { count: counts.miss, ms: missMs } }),
  }
}

function followGauges(metrics: Metrics, own: { readonly model: string; readonly version: string }, gauges: CacheGauges): void {
  const gauge = (name: string, help: string, read: () => number) =>
    metrics
      .gauge({ name: `slipway_cache_${name}`, help, labels: OWN })
      .with(own)
      .follow(read)
  gauge('bytes', 'Octets that kept answers take, their keys among them.', () => gauges.kept().bytes)
  gauge('entries', 'Answers that are kept.', () => gauges.kept().entries)
  gauge('evictions', 'Answers that had to make room since the model was loaded.', () => gauges.kept().evictions)
  gauge('on', '1 while the response cache pays; 0 while only a share of the inputs is kept, to see when it does again.', () =>
    gauges.on() ? 1 : 0,
  )
}

/** Microseconds, summed. */
function tritonCounters(metrics: Metrics, own: { readonly model: string; readonly version: string }) {
  const counter = (name: string, help: string) => metrics.counter({ name: `nv_cache_${name}_per_model`, help, labels: OWN }).with(own)
  const counts = { hit: counter('num_hits', 'Requests answered without a run.'), miss: counter('num_misses', 'Requests that were run.') }
  const times = {
    hit: counter('hit_duration', 'Cumulative time until answers were found, in microseconds.'),
    miss: counter('miss_duration', 'Cumulative time until answers were known not to be there, in microseconds.'),
  }
  return {
    looked: (result: 'hit' | 'miss', ms: number) => {
      counts[result].value += 1
      times[result].value += ms * 1000
    },
  }
}

function mapped<Key extends string, From, To>(from: Readonly<Record<Key, From>>, made: (value: From, key: Key) => To): Record<Key, To> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, made(value as From, key as Key)])) as Record<Key, To>
}
