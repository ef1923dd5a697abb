/** What limits a server under the load that was put on it, with the figures behind it and what to change. Pure. */
import type { ServerFigures } from './figures.ts'

export type Culprit = 'client' | 'cpu' | 'network' | 'http' | 'queue' | 'transport' | 'transform' | 'model' | 'nothing' | 'unknown'

/** What was seen while the load ran. */
export interface Seen {
  /** Mean milliseconds of a request by phase, as the answers' `Server-Timing` tells; empty when it was not sent. */
  readonly phases: Readonly<Record<string, number>>
  /** Milliseconds as the client saw them. */
  readonly p50: number
  /** The way there and back of a request that needs no model, at rest. */
  readonly roundTripMs: number
  readonly client: {
    /** Busy share of its event loop. */
    readonly loopBusy: number
    /** Processor time over wall time. */
    readonly cpu: number
    /** Runs on the server's machine, so its processor time is taken from there. */
    readonly beside: boolean
  }
  /** True when the server could not do more: a closed loop, or more offered than answered. */
  readonly saturated: boolean
  readonly failures: number
  readonly firstFailure?: string
  /** Absent for a server that does not tell. */
  readonly server?: ServerFigures
}

export interface Verdict {
  readonly culprit: Culprit
  /** One sentence. */
  readonly sentence: string
  /** The figures behind it, a sentence each. */
  readonly evidence: readonly string[]
  /** What to do, the most promising first. */
  readonly advice: readonly string[]
}

/** From here on a thing counts as fully used. */
const FULL = 0.85
/** Waiting for a CPU for more than this share of the time in which a process wanted one is starving. */
const STARVED = 0.35
/** CPUs that have to be missed before it matters. */
const FELT = 0.2
const percent = (share: number): string => `${Math.round(share * 100)} %`
const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`

/** The rules in the order in which they are asked; the first that has an answer gives it. */
const RULES: readonly ((seen: Seen) => Verdict | undefined)[] = [ofClient, ofCpu, ofReplicas, ofHttp, ofQueue, ofNetwork]

export function verdictOf(seen: Seen): Verdict {
  for (const rule of RULES) {
    const verdict = rule(seen)
    if (verdict !== undefined) return verdict
  }
  if (seen.server === undefined)
    return {
      culprit: 'unknown',
      sentence: 'This server does not tell what it does, so only the client and the network could be looked at, and neither is to blame.',
      evidence: [
        `the client's event loop was busy ${percent(seen.client.loopBusy)} of the time`,
        `round trip at rest ${ms(seen.roundTripMs)}`,
      ],
      advice: ['look at its own metrics, or bench a Slipway server, which tells'],
    }
  return {
    culprit: 'nothing',
    sentence: 'Nothing was at its limit under this load.',
    evidence: [...useOf(seen), ...phasesOf(seen)],
    advice: ['offer more (a higher --rate, more --connections, or neither to search for the capacity)'],
  }
}

function ofClient({ client, saturated }: Seen): Verdict | undefined {
  if (!saturated || client.loopBusy < 0.92) return undefined
  return {
    culprit: 'client',
    sentence: 'The load generator itself is at its limit, so the server can do more than was measured.',
    evidence: [`its event loop was busy ${percent(client.loopBusy)} of the time, ${percent(client.cpu)} of a CPU`],
    advice: [
      'run slipway bench on another machine, or several of them at once',
      'send less per request, or ask for binary tensors (--dialect v2-binary)',
    ],
  }
}

/** Others have the CPUs: the server's processes wait for one while somebody who is not part of this test runs. */
function ofCpu(seen: Seen): Verdict | undefined {
  const { server, client } = seen
  if (server === undefined) return undefined
  const { seconds, http, workers, throttledSeconds = 0, stolenSeconds = 0, machineBusySeconds } = server
  const served = sum(http.cpuSeconds, workers.cpuSeconds)
  const own = served + (client.beside ? client.cpu * seconds : 0)
  const others = machineBusySeconds === undefined ? 0 : Math.max(0, machineBusySeconds - own) / seconds
  // Its threads wait for one another, too: only what others had can have been missed because of them.
  const taken = others * seconds + stolenSeconds + throttledSeconds
  const waited = Math.min(sum(http.waitSeconds, workers.waitSeconds), taken)
  const waiting = served + waited > 0 ? waited / (served + waited) : 0
  const throttled = throttledSeconds / seconds
  const starving = waiting > STARVED && waited / seconds > FELT && (others > 0.3 || stolenSeconds / seconds > 0.1)
  if (throttled <= 0.1 && !starving) return undefined
  return {
    culprit: 'cpu',
    sentence:
      throttled > 0.1
        ? 'The server is held back by its CPU quota: it is stopped part of the time.'
        : 'The server is starved of CPU: other programs have the processors while it waits for one.',
    evidence: [
      `its processes were ready to run, but without a CPU because of others, ${percent(waiting)} of the time in which they wanted one`,
      ...(others > 0.05 ? [`programs that are no part of this test used ${others.toFixed(1)} CPUs`] : []),
      ...(throttled > 0 ? [`stopped by the quota ${percent(throttled)} of the time`] : []),
      ...(stolenSeconds > 0 ? [`${percent(stolenSeconds / seconds)} of a CPU was taken by other virtual machines`] : []),
    ],
    advice: ['give it CPUs of its own: stop what runs beside it, raise its quota or its CPU request, or take a larger machine'],
  }
}

function ofReplicas(seen: Seen): Verdict | undefined {
  const { server } = seen
  if (server === undefined || server.replicas === 0) return undefined
  const { seconds, replicas, inferSeconds, transformSeconds, transportSeconds, runs, rows } = server
  const room = seconds * replicas
  const busy = (inferSeconds + transformSeconds) / room
  const held = busy + transportSeconds / room
  const perRun = (value: number) => (runs === 0 ? 0 : (value / runs) * 1000)
  const evidence = [
    `${replicas === 1 ? 'the replica was' : `each of ${replicas} replicas was`} busy ${percent(Math.min(1, busy))} of the time`,
    `a run of ${runs === 0 ? 0 : (rows / runs).toFixed(1)} rows took ${ms(perRun(inferSeconds))} in the model, ${ms(perRun(transformSeconds))} in its transforms, ${ms(perRun(transportSeconds))} on the way`,
    ...phasesOf(seen),
  ]
  if (busy >= FULL && transformSeconds > inferSeconds)
    return {
      culprit: 'transform',
      sentence: 'The transforms around the model are the limit: its replicas spend more time on them than in the model.',
      evidence,
      advice: [
        'send what needs less work: smaller pictures, or tensors that are ready (--dialect v2-binary)',
        `more replicas, if there are CPUs left: replicas.count: ${replicas + 1}`,
      ],
    }
  if (busy >= FULL)
    return {
      culprit: 'model',
      sentence: 'The model is the limit: its replicas are always running it.',
      evidence,
      advice: modelAdvice(server),
    }
  if (held >= FULL && transportSeconds > inferSeconds + transformSeconds && !loopIsFull(server))
    return {
      culprit: 'transport',
      sentence: 'The way between the server and its replicas is the limit: runs spend more time on it than in the model.',
      evidence,
      advice: [
        'more rows in one run: raise batching.maxRows, or batching.maxDelayMs to 1',
        'for a trusted model of less than a millisecond: replicas.isolation: inline',
      ],
    }
  return undefined
}

function modelAdvice({ runs, rows, replicas, cpus, workers, seconds }: ServerFigures): readonly string[] {
  const advice = ['slipway tune PATH finds threads, replicas and rows for this machine']
  const used = workers.cpuSeconds === undefined ? undefined : workers.cpuSeconds / seconds
  if (cpus !== undefined && used !== undefined && used < 0.8 * cpus)
    advice.push(`${(cpus - used).toFixed(1)} CPUs are idle: replicas.count: ${replicas + 1}, or more threads`)
  if (runs > 0 && rows / runs < 1.5) advice.push('runs hold one row each: let rows be joined (slipway inspect says whether they can)')
  return [...advice, 'a smaller or quantized model, a cache for inputs that come again (cache.maxBytes), or more machines']
}

const loopIsFull = ({ loopBusySeconds, http, httpProcesses, seconds }: ServerFigures): boolean =>
  Math.max(loopBusySeconds ?? 0, (http.cpuSeconds ?? 0) / httpProcesses) / seconds >= FULL

function ofHttp(seen: Seen): Verdict | undefined {
  const { server } = seen
  if (server === undefined || !loopIsFull(server)) return undefined
  return {
    culprit: 'http',
    sentence: 'The HTTP side is the limit: the event loop that answers has no time left.',
    evidence: [...useOf(seen), ...phasesOf(seen)],
    advice: [
      `more HTTP processes on the same port, if there are CPUs left: slipway serve --http-workers ${server.httpProcesses + 1}`,
      'binary tensors in place of JSON (--dialect v2-binary shows what they give), or several rows in one request',
      'slipway serve on Bun',
    ],
  }
}

function ofQueue(seen: Seen): Verdict | undefined {
  const { server, phases, failures } = seen
  const total = Object.values(phases).reduce((all, value) => all + value, 0)
  const queue = phases.queue ?? 0
  if (server === undefined || total === 0) return undefined
  const refused = failures > 0 && server.refused > 0
  const delayed = server.reasons.delay ?? 0
  if (!refused && !(queue > 0.5 * total && delayed > 0.5 * server.runs)) return undefined
  return {
    culprit: 'queue',
    sentence: refused
      ? 'Requests are refused at the queue, though the model has time: its bound is too low for how they come.'
      : 'Requests wait in the queue for company, though a replica is free.',
    evidence: [
      `a request waits ${ms(queue)} of the ${ms(total)} that it takes`,
      ...(refused
        ? [`${server.refused} requests were refused: ${seen.firstFailure ?? 'see the log'}`]
        : [`${percent(delayed / server.runs)} of the runs started when batching.maxDelayMs was over`]),
      ...useOf(seen),
    ],
    advice: [
      refused ? 'raise limits.maxQueueRows, or send fewer requests at once' : 'lower batching.maxDelayMs; 0 never holds a request back',
    ],
  }
}

function ofNetwork(seen: Seen): Verdict | undefined {
  const { phases, p50, roundTripMs } = seen
  const inside = Object.values(phases).reduce((all, value) => all + value, 0)
  if (roundTripMs < 1 || roundTripMs < 0.5 * p50 || inside > 0.5 * p50) return undefined
  return {
    culprit: 'network',
    sentence: 'The network is the limit: a request spends most of its time on the way.',
    evidence: [
      `the way there and back takes ${ms(roundTripMs)} without a model; half of the answers take longer than ${ms(p50)}`,
      ...(inside > 0 ? [`the server itself needs ${ms(inside)}`] : []),
    ],
    advice: [
      'call from closer by',
      'send less: binary tensors, encoded pictures, compressed bodies',
      'more requests at once on more connections',
    ],
  }
}

function useOf({ server }: Seen): readonly string[] {
  if (server === undefined) return []
  const { seconds, loopBusySeconds, http, httpProcesses, workers, cpus } = server
  const share = (value: number | undefined) => (value === undefined ? 'an unknown share' : percent(value / seconds))
  return [
    httpProcesses === 1
      ? `the HTTP process's event loop was busy ${share(loopBusySeconds ?? http.cpuSeconds)} of the time, ${share(http.cpuSeconds)} of a CPU`
      : `of ${httpProcesses} HTTP processes the first one's event loop was busy ${share(loopBusySeconds)} of the time; all of them used ${share(http.cpuSeconds)} of a CPU`,
    `the replicas used ${share(workers.cpuSeconds)} of a CPU${cpus === undefined ? '' : `, and there are ${cpus}`}`,
  ]
}

function phasesOf({ phases }: Seen): readonly string[] {
  const parts = Object.entries(phases).filter(([, value]) => value >= 0.005)
  return parts.length === 0 ? [] : [`a request: ${parts.map(([name, value]) => `${name} ${ms(value)}`).join(', ')}`]
}

const sum = (...values: readonly (number | undefined)[]): number => values.reduce<number>((all, value) => all + (value ?? 0), 0)
