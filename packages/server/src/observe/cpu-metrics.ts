/** Where processor time goes: to the HTTP process, to the replicas, to others, and how long ours wait for a CPU. What `slipway bench` tells a starved server from a busy one by. */
import { performance } from 'node:perf_hooks'
import { machineTimes, type ProcessTimes, processTimes, throttledSeconds } from '../base/cpu-times.ts'
import type { Metrics } from './metrics.ts'

export interface CpuMetricsOptions {
  /** CPUs that the server may use. */
  readonly cpus: number
  /** Process ids of all replicas, asked for at each scrape. */
  readonly replicas: () => readonly number[]
}

/** Values are asked for at each scrape; where the system does not tell, a series is missing. */
export function watchCpu(metrics: Metrics, { cpus, replicas }: CpuMetricsOptions): void {
  const gauge = <const Label extends string>(name: string, help: string, label: Label) => metrics.gauge({ name, help, labels: [label] })
  metrics.gauge({ name: 'slipway_cpus', help: 'CPUs that this server may use, a quota counted in.' }).with({}).set(cpus)
  metrics
    .gauge({ name: 'slipway_event_loop_busy_seconds', help: 'How long the event loop of the HTTP process was busy since its start.' })
    .with({})
    .follow(() => loopBusySeconds())
  const cpu = gauge('slipway_process_cpu_seconds', 'Processor time of the HTTP process, and of the replicas that are alive.', 'process')
  const wait = gauge('slipway_process_cpu_wait_seconds', 'How long their threads were ready to run, but had no CPU (Linux).', 'process')
  const own = { http: () => [process.pid], replicas }
  for (const name of ['http', 'replicas'] as const) {
    const times = (): ProcessTimes => processTimes(own[name]()) ?? { cpuSeconds: 0, waitSeconds: 0 }
    if (processTimes([process.pid]) === undefined) continue
    cpu.with({ process: name }).follow(() => times().cpuSeconds)
    wait.with({ process: name }).follow(() => times().waitSeconds)
  }
  if (machineTimes() !== undefined) {
    const machine = gauge(
      'slipway_machine_cpu_seconds',
      'Processor time of the whole machine: busy, or stolen by other virtual machines.',
      'state',
    )
    machine.with({ state: 'busy' }).follow(() => machineTimes()?.busySeconds ?? 0)
    machine.with({ state: 'stolen' }).follow(() => machineTimes()?.stolenSeconds ?? 0)
  }
  if (throttledSeconds() !== undefined)
    metrics
      .gauge({ name: 'slipway_cpu_throttled_seconds', help: 'How long the CPU quota of the control group has stopped its processes.' })
      .with({})
      .follow(() => throttledSeconds() ?? 0)
}

/** Bun does not measure its loop; there the processor time of its one thread stands for it. */
function loopBusySeconds(): number {
  if (process.versions.bun === undefined) return performance.eventLoopUtilization().active / 1000
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
