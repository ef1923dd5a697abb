/** Triton's metric names over our own figures, so that existing dashboards work. Source: Triton's docs/user_guide/metrics.md. */
import type { Phases } from '@slipway/protocol'
import type { Metrics } from './metrics.ts'

const LABELS = ['model', 'version'] as const

export interface TritonCounters {
  answered(phases: Phases, totalMs: number, rows: number): void
  failed(): void
  ran(): void
  follow(queueRows: () => number): void
}

/** Counters in microseconds, summed over requests. The way between the processes counts half as input and half as output. */
export function createTritonCounters(metrics: Metrics, own: { readonly model: string; readonly version: string }): TritonCounters {
  const counter = (name: string, help: string) => metrics.counter({ name: `nv_inference_${name}`, help, labels: LABELS }).with(own)
  const success = counter('request_success', 'Requests answered.')
  const failure = counter('request_failure', 'Requests failed.')
  const inferences = counter('count', 'Rows that were run.')
  const executions = counter('exec_count', 'Runs of the model.')
  const duration = counter('request_duration_us', 'Cumulative time of requests.')
  const queue = counter('queue_duration_us', 'Cumulative time requests waited for a run.')
  const input = counter('compute_input_duration_us', 'Cumulative time of bringing inputs to the model.')
  const infer = counter('compute_infer_duration_us', 'Cumulative time of requests inside runs.')
  const output = counter('compute_output_duration_us', 'Cumulative time of bringing outputs back.')
  return {
    answered: (phases, totalMs, rows) => {
      const way = (phases.transport ?? 0) * 500
      success.value += 1
      if (phases.infer !== undefined) inferences.value += rows
      duration.value += totalMs * 1000
      queue.value += ((phases.queue ?? 0) + (phases.batch ?? 0)) * 1000
      input.value += (phases.transform ?? 0) * 1000 + way
      infer.value += (phases.infer ?? 0) * 1000
      output.value += way
    },
    failed: () => failure.inc(),
    ran: () => executions.inc(),
    follow: (queueRows) =>
      metrics
        .gauge({ name: 'nv_inference_pending_request_count', help: 'Rows waiting for a run.', labels: LABELS })
        .with(own)
        .follow(queueRows),
  }
}
