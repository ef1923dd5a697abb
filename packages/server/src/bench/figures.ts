/** The server's own figures over a stretch of time: two scrapes of /metrics, and what grew between them. */

export type Scrape = ReadonlyMap<string, readonly Sample[]>

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** Reads Prometheus' text format. Lines that are none are passed over. */
export function parseScrape(text: string): Scrape {
  const found = new Map<string, Sample[]>()
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = LINE.exec(line) ?? []
    if (name === undefined) continue
    const samples = found.get(name) ?? []
    found.set(name, samples)
    samples.push({ labels: Object.fromEntries([...labels.matchAll(LABEL)].map(([, key, text]) => [key, text])), value: Number(value) })
  }
  return found
}

/** The sum over all samples of that name whose labels are these; undefined when there is none. */
export function sumOf(scrape: Scrape, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const matching = (scrape.get(name) ?? []).filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
  return matching.length === 0 ? undefined : matching.reduce((sum, { value }) => sum + value, 0)
}

/** What the server did between two scrapes. Seconds; undefined where it does not tell. */
export interface ServerFigures {
  readonly seconds: number
  /** Runs of the model, and the rows in them. */
  readonly runs: number
  readonly rows: number
  /** Of all runs together. */
  readonly inferSeconds: number
  readonly transformSeconds: number
  readonly transportSeconds: number
  readonly replicas: number
  /** Answers other than OK. */
  readonly refused: number
  /** Runs by why they started. */
  readonly reasons: Readonly<Record<string, number>>
  /** Those that answered, at the end. */
  readonly httpProcesses: number
  /** All of them together; the further ones do not tell how long they waited. */
  readonly http: ProcessFigures
  readonly workers: ProcessFigures
  /** How long the event loop of the first HTTP process was busy. */
  readonly loopBusySeconds: number | undefined
  /** Of the whole machine. */
  readonly machineBusySeconds: number | undefined
  readonly stolenSeconds: number | undefined
  readonly throttledSeconds: number | undefined
  readonly cpus: number | undefined
}

export interface ProcessFigures {
  readonly cpuSeconds: number | undefined
  /** Ready to run, but without a CPU. */
  readonly waitSeconds: number | undefined
}

/** `seconds` between the scrapes, for one model. */
export function figuresBetween(
  before: Scrape,
  after: Scrape,
  options: { readonly model: string; readonly seconds: number },
): ServerFigures {
  const { model, seconds } = options
  const grew = (name: string, labels: Readonly<Record<string, string>> = {}): number | undefined => {
    const then = sumOf(after, name, labels)
    return then === undefined ? undefined : Math.max(0, then - (sumOf(before, name, labels) ?? 0))
  }
  const phase = (name: string) => grew('slipway_run_phase_seconds_total', { model, phase: name }) ?? 0
  const process = (name: string): ProcessFigures => ({
    cpuSeconds: grew('slipway_process_cpu_seconds', { process: name }),
    waitSeconds: grew('slipway_process_cpu_wait_seconds', { process: name }),
  })
  const first = process('http')
  const further = grew('slipway_http_process_cpu_seconds')
  const requests = grew('slipway_requests_total', { model }) ?? 0
  const reasons = new Set(
    (after.get('slipway_runs_total') ?? []).filter(({ labels }) => labels.model === model).map(({ labels }) => labels.reason),
  )
  return {
    seconds,
    runs: grew('slipway_runs_total', { model }) ?? 0,
    rows: grew('slipway_run_rows_sum', { model }) ?? 0,
    inferSeconds: phase('infer'),
    transformSeconds: phase('transform'),
    transportSeconds: phase('transport'),
    replicas: sumOf(after, 'slipway_replicas', { model, state: 'ready' }) ?? 0,
    refused: requests - (grew('slipway_requests_total', { model, code: 'OK' }) ?? 0),
    reasons: Object.fromEntries([...reasons].map((reason) => [reason, grew('slipway_runs_total', { model, reason: reason ?? '' }) ?? 0])),
    httpProcesses: sumOf(after, 'slipway_http_processes') ?? 1,
    http: further === undefined ? first : { ...first, cpuSeconds: (first.cpuSeconds ?? 0) + further },
    workers: process('replicas'),
    loopBusySeconds: grew('slipway_event_loop_busy_seconds'),
    machineBusySeconds: grew('slipway_machine_cpu_seconds', { state: 'busy' }),
    stolenSeconds: grew('slipway_machine_cpu_seconds', { state: 'stolen' }),
    throttledSeconds: grew('slipway_cpu_throttled_seconds'),
    cpus: sumOf(after, 'slipway_cpus'),
  }
}
