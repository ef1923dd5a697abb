import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../src/base/clock.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { createModelMetrics } from '../../src/observe/model-metrics.ts'
import { watchProcess } from '../../src/observe/process-metrics.ts'

const clock = { monotonic: () => 1_000, now: () => 5_000 } as Clock
const run = { inferMs: 1, transformMs: 0.25, transportMs: 0.5 }
const phases = { decode: 0.2, queue: 1, batch: 0.5, transport: 0.4, infer: 2 }

function loaded() {
  const metrics = createMetrics()
  return { metrics, model: createModelMetrics(metrics, { model: 'digits', version: '2', clock }) }
}

test('an answered request is seen in its phases, its outcome and the names of Triton', () => {
  const { metrics, model } = loaded()
  model.ran({ rows: 8, reason: 'idle', ms: 2, paddedRows: 0, paddedElements: 0, ...run })
  model.answered(phases, 3, 'v2')
  model.answered(phases, 5, 'v2')
  model.phase('encode', 0.1, 'v2')
  model.failed('UNAVAILABLE', 'v2', 3)
  const text = metrics.render()
  const has = (line: string) => assert.ok(text.split('\n').includes(line), `${line} in\n${text}`)
  has('slipway_requests_total{model="digits",version="2",dialect="v2",code="OK"} 2')
  has('slipway_requests_total{model="digits",version="2",dialect="v2",code="UNAVAILABLE"} 1')
  has('slipway_phase_seconds_count{model="digits",version="2",dialect="v2",phase="infer"} 2')
  has('slipway_phase_seconds_bucket{model="digits",version="2",dialect="v2",phase="queue",le="0.001"} 2')
  has('slipway_phase_seconds_bucket{model="digits",version="2",dialect="v2",phase="queue",le="0.0005"} 0')
  has('slipway_runs_total{model="digits",version="2",reason="idle"} 1')
  has('slipway_run_rows_bucket{model="digits",version="2",le="8"} 1')
  has('nv_inference_request_success{model="digits",version="2"} 2')
  has('nv_inference_request_failure{model="digits",version="2"} 1')
  has('nv_inference_count{model="digits",version="2"} 8')
  has('nv_inference_exec_count{model="digits",version="2"} 1')
  has('nv_inference_queue_duration_us{model="digits",version="2"} 3000')
  has('nv_inference_compute_infer_duration_us{model="digits",version="2"} 4000')
  has('nv_inference_compute_input_duration_us{model="digits",version="2"} 400')
  has('nv_inference_compute_output_duration_us{model="digits",version="2"} 400')
})

test('the totals sum up requests, and runs by their rows', () => {
  const { model } = loaded()
  assert.equal(model.totals().lastAnsweredAt, 0)
  model.ran({ rows: 8, reason: 'full', ms: 2, paddedRows: 0, paddedElements: 0, ...run })
  model.ran({ rows: 8, reason: 'full', ms: 2, paddedRows: 0, paddedElements: 0, ...run })
  model.ran({ rows: 1, reason: 'idle', ms: 2, paddedRows: 0, paddedElements: 0, ...run })
  model.answered({ queue: 1, batch: 0.5, transport: 0.5, transform: 0.25, infer: 2 }, 3, 'v2')
  model.answered({ queue: 1, infer: 2 }, 5, 'v2')
  model.failed('UNAVAILABLE', 'v2', 3)
  assert.deepEqual(model.totals(), {
    lastAnsweredAt: 5_000,
    rows: 8,
    runs: 3,
    answered: { count: 2, ms: 7.25 },
    failed: { count: 1, ms: 3 },
    queue: { count: 2, ms: 2.5 },
    input: { count: 2, ms: 0.5 },
    infer: { count: 2, ms: 4 },
    output: { count: 2, ms: 0.25 },
    byRows: [
      { rows: 1, input: { count: 1, ms: 0.5 }, infer: { count: 1, ms: 1 }, output: { count: 1, ms: 0.25 } },
      { rows: 8, input: { count: 2, ms: 1 }, infer: { count: 2, ms: 2 }, output: { count: 2, ms: 0.5 } },
    ],
  })
})

test('the live figures are milliseconds since the load', () => {
  const { model } = loaded()
  model.ran({ rows: 8, reason: 'full', ms: 2, paddedRows: 0, paddedElements: 0, ...run })
  model.ran({ rows: 8, reason: 'full', ms: 2, paddedRows: 0, paddedElements: 0, ...run })
  model.ran({ rows: 5000, reason: 'full', ms: 2, paddedRows: 0, paddedElements: 0, ...run })
  for (let index = 0; index < 10; index++) model.answered(phases, 1, 'v2')
  model.failed('INVALID_ARGUMENT', 'v2', 3)
  model.died('crash')
  model.died('killed')
  model.died('memory')
  model.follow({ queueRows: () => 7, replicas: () => ({ ready: 1, wanted: 2 }) })
  const stats = model.stats()
  assert.equal(stats.requests, 11)
  assert.equal(stats.failures, 1)
  assert.equal(stats.perSecond, 11)
  assert.ok(Math.abs(stats.latency.p50 - 4.1) < 0.5, `${stats.latency.p50}`)
  assert.deepEqual(Object.keys(stats.phases), ['decode', 'queue', 'batch', 'transport', 'infer'])
  assert.deepEqual(stats.batchRows, [
    { rows: 8, runs: 2 },
    { rows: 4096, runs: 1 },
  ])
  assert.deepEqual(stats.replicas, { ready: 1, wanted: 2, crashes: 2, killed: 1 })
  assert.equal(stats.queueRows, 7)
})

test('gauges are read from the pool at each scrape', () => {
  const { metrics, model } = loaded()
  let waiting = 1
  model.follow({ queueRows: () => waiting, replicas: () => ({ ready: 1, wanted: 2 }) })
  waiting = 9
  const text = metrics.render()
  assert.match(text, /slipway_queue_rows\{model="digits",version="2"\} 9\n/)
  assert.match(text, /slipway_replicas\{model="digits",version="2",state="wanted"\} 2\n/)
  assert.match(text, /nv_inference_pending_request_count\{model="digits",version="2"\} 9\n/)
})

test('a reload under the same version keeps the series, and the last close drops them all', () => {
  const { metrics, model } = loaded()
  const successor = createModelMetrics(metrics, { model: 'digits', version: '2', clock })
  model.answered(phases, 1, 'v2')
  successor.answered(phases, 1, 'v2')
  model.close()
  assert.match(metrics.render(), /code="OK"\} 2\n/)
  assert.equal(successor.stats().requests, 1)
  successor.close()
  assert.doesNotMatch(metrics.render(), /digits/)
})

test('the process reports its memory, connections, lag and build', () => {
  const metrics = createMetrics()
  const stop = watchProcess(metrics, { version: '0.1.0', runtime: 'node 24', connections: () => 5 })
  const text = metrics.render()
  stop()
  assert.match(text, /slipway_build_info\{version="0.1.0",runtime="node 24"\} 1\n/)
  assert.match(text, /slipway_open_connections 5\n/)
  assert.match(text, /process_resident_memory_bytes [1-9]\d{6,}\n/)
  assert.match(text, /slipway_event_loop_lag_seconds\{quantile="0.99"\} [\d.e-]+\n/)
})
