/**
 * How many rows the next run should take: the rule that takes all beside the one that learns, against simulated replicas in
 * simulated time. Arrivals are Poisson and the same for both; the figures are the same on every machine.
 *
 *   node bench/batching.ts
 */
import { Forecast } from '../packages/server/src/serving/batching/forecast.ts'
import { Batcher } from '../packages/server/src/serving/layers/batch.ts'
import { type Arrival, arrive, repeatable, SimulatedTime, simulatedRunner } from '../packages/server/test/support/simulation.ts'
import { table } from './table.ts'

interface Curve {
  readonly name: string
  timeOf(rows: number): number
}

const CURVES: readonly Curve[] = [
  { name: '3 ms a row', timeOf: (rows) => 3 * rows },
  { name: '2 ms + 0.5 ms a row', timeOf: (rows) => 2 + 0.5 * rows },
  { name: '0.1 ms + 0.01 ms a row', timeOf: (rows) => 0.1 + 0.01 * rows },
  { name: '8 ms for each 8 rows', timeOf: (rows) => 8 * Math.ceil(rows / 8) },
  { name: '2 + 0.1 r + 0.05 r² ms', timeOf: (rows) => 2 + 0.1 * rows + 0.05 * rows * rows },
]
const MAX_ROWS = 64
const TRANSPORT_MS = 0.15
const REQUESTS = 4000
/** What the learning rule saw before it is measured. */
const WARM = 1000
const LOADS = [0.5, 0.8, 1.5] as const

interface Figures {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly rows: number
}

/** Learns nothing, and so takes all: the rule without the learned curve. */
class Unlearned extends Forecast {
  override ran(): void {
    // Nothing is remembered.
  }
}

async function measure(curve: Curve, perMs: number, replicas: number, forecast: Forecast): Promise<Figures> {
  const time = new SimulatedTime()
  const random = repeatable(7)
  let atMs = 0
  const arrivals = Array.from({ length: WARM + REQUESTS }, (): Arrival => {
    atMs -= Math.log(1 - random()) / perMs
    return { atMs, rows: 1, deadlineMs: 1e9 }
  })
  const runner = simulatedRunner(time, { replicas, transportMs: TRANSPORT_MS, timeOf: curve.timeOf })
  const batcher = new Batcher({
    model: 'm',
    version: '1',
    runner,
    clock: time.clock,
    maxRows: MAX_ROWS,
    maxDelayMs: 0,
    maxQueueRows: 1e9,
    mixedShapes: false,
    forecast,
    onRun: () => undefined,
  })
  const outcomes = arrive(time, batcher.infer, arrivals)
  await time.run()
  const measured = outcomes.filter(({ id }) => id >= WARM)
  const waits = measured.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (part: number) => waits[Math.floor(part * (waits.length - 1))] as number
  const startedAt = (arrivals[WARM] as Arrival).atMs
  const endedAt = Math.max(...measured.map(({ id, ms }) => (arrivals[id] as Arrival).atMs + ms))
  return {
    perSecond: (1000 * REQUESTS) / (endedAt - startedAt),
    p50: at(0.5),
    p99: at(0.99),
    rows: runner.runs.reduce((sum, run) => sum + run.rows, 0) / runner.runs.length,
  }
}

/** Rows a millisecond that one replica can answer, at its best size. */
const capacity = ({ timeOf }: Curve): number => Math.max(...Array.from({ length: MAX_ROWS }, (_, index) => (index + 1) / timeOf(index + 1)))

const NAMES = ['what a run takes', 'replicas', 'load', 'answers/s', 'p50 ms', 'p99 ms', 'rows a run'] as const
const lines: string[][] = []
for (const curve of CURVES)
  for (const replicas of [1, 2])
    for (const load of LOADS) {
      const perMs = load * replicas * capacity(curve)
      const before = await measure(curve, perMs, replicas, new Unlearned({ maxRows: MAX_ROWS }))
      const after = await measure(curve, perMs, replicas, new Forecast({ maxRows: MAX_ROWS }))
      const pair = (read: (figures: Figures) => number, digits: number) =>
        `${read(before).toFixed(digits)} → ${read(after).toFixed(digits)}`
      lines.push([
        curve.name,
        String(replicas),
        `${100 * load} %`,
        pair((figures) => figures.perSecond, 0),
        pair((figures) => figures.p50, 1),
        pair((figures) => figures.p99, 1),
        pair((figures) => figures.rows, 1),
      ])
    }
process.stdout.write(
  `all that wait → what was learned; at most ${MAX_ROWS} rows a run, ${TRANSPORT_MS} ms of way\n\n${table(NAMES, lines)}\n`,
)
