/** Figures of each further HTTP process, by its number; those without that label are the supervisor's own. */
import type { Metrics } from '../../observe/metrics.ts'
import type { ProcessFigures, Report } from './messages.ts'

interface Reporting {
  readonly number: number
  readonly listening: boolean
  readonly lastReport: Report | undefined
}

export function followProcesses(metrics: Metrics, processes: () => readonly Reporting[], numbers: readonly number[]): void {
  metrics
    .gauge({ name: 'slipway_http_processes', help: 'HTTP processes that answer, the supervisor among them.' })
    .with({})
    .follow(() => 1 + processes().filter(({ listening }) => listening).length)
  const gauge = (name: string, help: string, read: (figures: ProcessFigures) => number) => {
    const family = metrics.gauge({ name: `slipway_http_process_${name}`, help, labels: ['process'] })
    for (const number of numbers)
      family.with({ process: String(number) }).follow(() => {
        const figures = processes().find((one) => one.number === number)?.lastReport?.process
        return figures === undefined ? 0 : read(figures)
      })
  }
  gauge('resident_memory_bytes', 'Resident memory of a further HTTP process.', ({ memoryBytes }) => memoryBytes)
  gauge('cpu_seconds', 'Processor time of a further HTTP process.', ({ cpuSeconds }) => cpuSeconds)
  gauge('open_connections', 'Open HTTP connections of a further HTTP process.', ({ connections }) => connections)
  gauge('requests', 'Inference requests that came to a further HTTP process since it was started.', ({ asked }) => asked)
}
