/** Medians over the rounds, and how far the rounds lie apart. */
import { median } from '../rounds.ts'
import type { CaseName } from './cases.ts'
import type { Loaded, Sample } from './sample.ts'

/** One contender at one number of connections. */
export interface LoadSummary {
  readonly connections: number
  readonly perSecond: number
  /** Widest distance from the median, as a share of it. */
  readonly spread: number
  readonly p50: number
  readonly p99: number
  readonly failures: number
  readonly cpuMs?: number
  readonly batch?: number
}

export interface Summary {
  readonly contender: string
  readonly case: CaseName
  readonly loads: readonly LoadSummary[]
  readonly firstAnswerMs?: number
  readonly memory?: number
  /** The first fault of any round. */
  readonly fault?: string
}

const known = (values: readonly (number | undefined)[]): readonly number[] => values.filter((value) => value !== undefined)

/** The median of what is known; undefined of nothing. */
export function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const all = known(values)
  return all.length === 0 ? undefined : median(all)
}

function summarizeLoads(loads: readonly Loaded[]): LoadSummary {
  const [first] = loads as readonly [Loaded]
  const perSecond = median(loads.map((load) => load.perSecond))
  const batch = medianOf(loads.map((load) => load.batch))
  const cpuMs = medianOf(loads.map((load) => load.cpuMs))
  return {
    connections: first.connections,
    perSecond,
    spread: perSecond === 0 ? 0 : Math.max(...loads.map((load) => Math.abs(load.perSecond - perSecond))) / perSecond,
    p50: median(loads.map((load) => load.p50)),
    p99: median(loads.map((load) => load.p99)),
    failures: loads.reduce((sum, load) => sum + load.failures, 0),
    ...(cpuMs === undefined ? {} : { cpuMs }),
    ...(batch === undefined ? {} : { batch }),
  }
}

/** What all rounds of one contender in one case come to; undefined when it had no turn. */
export function summarize(samples: readonly Sample[], contender: string, of: CaseName): Summary | undefined {
  const own = samples.filter((sample) => sample.contender === contender && sample.case === of)
  if (own.length === 0) return undefined
  const all = own.flatMap(({ loads }) => loads)
  const connections = [...new Set(all.map((load) => load.connections))]
  const firstAnswerMs = medianOf(own.map((sample) => sample.firstAnswerMs))
  const memory = medianOf(own.map((sample) => sample.memory))
  const fault = own.find((sample) => sample.fault !== undefined)?.fault
  return {
    contender,
    case: of,
    loads: connections.map((count) => summarizeLoads(all.filter((load) => load.connections === count))),
    ...(firstAnswerMs === undefined ? {} : { firstAnswerMs }),
    ...(memory === undefined ? {} : { memory }),
    ...(fault === undefined ? {} : { fault }),
  }
}
