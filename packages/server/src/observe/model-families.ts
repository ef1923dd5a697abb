/** The metrics that every model reports, by name. They are listed once, here, and documented by their help. */
import type { Metrics } from './metrics.ts'

const OWN = ['model', 'version'] as const

/** Rows in one run: powers of two, since batches grow towards a maximum that usually is one. */
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

export function openModelFamilies(metrics: Metrics) {
  return {
    phases: metrics.histogram({
      name: 'slipway_phase_seconds',
      help: 'Time of answered requests by phase: decode, cache, queue, batch, transport, transform, infer, encode.',
      labels: [...OWN, 'dialect', 'phase'],
    }),
    requests: metrics.counter({
      name: 'slipway_requests_total',
      help: 'Inference requests by outcome: OK or the code of the error.',
      labels: [...OWN, 'dialect', 'code'],
    }),
    runs: metrics.counter({
      name: 'slipway_runs_total',
      help: 'Runs of the model by why they started: idle (a replica was free), full (the batch was), delay (the wait was over), ahead (enough waited to send one behind the run in progress); or by why they hold less than they could: target (targetP99Ms), deadline (of a request), marginal (more rows would have gained less than they cost).',
      labels: [...OWN, 'reason'],
    }),
    runRows: metrics.histogram({ name: 'slipway_run_rows', help: 'Rows in one run.', labels: OWN, buckets: ROWS }),
    paddedRows: metrics.counter({
      name: 'slipway_padded_rows_total',
      help: 'Copies of rows that runs were filled up with to a size that the model takes, or is faster at.',
      labels: OWN,
    }),
    paddedElements: metrics.counter({
      name: 'slipway_padded_elements_total',
      help: 'Elements that shorter rows were filled up with to be joined with longer ones.',
      labels: OWN,
    }),
    runSeconds: metrics.histogram({ name: 'slipway_run_seconds', help: 'Time of one run.', labels: OWN }),
    runPhases: metrics.counter({
      name: 'slipway_run_phase_seconds_total',
      help: 'Time of all runs by where it went: infer (the model), transform (around it, in the replica), transport (to the replica and back).',
      labels: [...OWN, 'phase'],
    }),
    queueRows: metrics.gauge({ name: 'slipway_queue_rows', help: 'Rows waiting for a replica.', labels: OWN }),
    replicas: metrics.gauge({ name: 'slipway_replicas', help: 'Replicas that are ready, and that are wanted.', labels: [...OWN, 'state'] }),
    provider: metrics.gauge({
      name: 'slipway_execution_provider',
      help: 'How many loaded revisions run by this provider; wanted is what their settings prefer, so that a fallback shows as a difference.',
      labels: [...OWN, 'provider', 'wanted'],
    }),
    deaths: metrics.counter({
      name: 'slipway_replica_deaths_total',
      help: 'Replicas that ended unasked: crash, killed (a run past limits.runMs), memory.',
      labels: [...OWN, 'cause'],
    }),
  }
}
