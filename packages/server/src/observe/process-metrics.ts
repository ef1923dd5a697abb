/** Figures of this process: memory, how late its event loop runs, open connections, which build it is. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from './metrics.ts'

export interface ProcessMetricsOptions {
  readonly version: string
  /** `node 24.21.0`. */
  readonly runtime: string
  /** Open HTTP connections, asked for at each scrape. */
  readonly connections: () => number
}

const RESOLUTION_MS = 20

/** Starts measuring; the answer stops it. */
export function watchProcess(metrics: Metrics, { version, runtime, connections }: ProcessMetricsOptions): () => void {
  const started = Math.round(performance.timeOrigin) / 1000
  const gauge = (name: string, help: string) => metrics.gauge({ name, help }).with({})
  metrics
    .gauge({ name: 'slipway_build_info', help: 'Always 1; the labels tell the build.', labels: ['version', 'runtime'] })
    .with({ version, runtime })
    .set(1)
  gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.').set(started)
  gauge('process_resident_memory_bytes', 'Resident memory of the HTTP process.').follow(() => process.memoryUsage.rss())
  gauge('slipway_open_connections', 'Open HTTP connections.').follow(connections)
  const cpu = metrics.gauge({ name: 'slipway_cpu_seconds', help: 'Processor time of the HTTP process.', labels: ['mode'] })
  cpu.with({ mode: 'user' }).follow(() => process.cpuUsage().user / 1e6)
  cpu.with({ mode: 'system' }).follow(() => process.cpuUsage().system / 1e6)

  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  const lag = metrics.gauge({
    name: 'slipway_event_loop_lag_seconds',
    help: 'How late the event loop ran since the start.',
    labels: ['quantile'],
  })
  // The monitor reports the whole interval between its ticks, the wanted resolution included.
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000)
  lag.with({ quantile: '0.5' }).follow(() => late(delay.percentile(50)))
  lag.with({ quantile: '0.99' }).follow(() => late(delay.percentile(99)))
  lag.with({ quantile: '1' }).follow(() => late(delay.max))
  return () => delay.disable()
}
