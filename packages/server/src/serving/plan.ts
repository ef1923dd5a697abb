/** How many replicas and threads a model gets when its owner has not said. */
import type { Machine } from '../base/machine.ts'

/** What is chosen: so many replicas, each with so many threads. */
export interface Shape {
  readonly replicas: number
  readonly threads: number
  /** Whether threads that wait for work burn their CPU for a while before they sleep; never with one thread. */
  readonly spinning: boolean
}

/** One thread has nobody to spin for. */
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.replicas === b.replicas && a.threads === b.threads && (a.threads === 1 || a.spinning === b.spinning)

export interface Plan extends Shape {
  /** Why these, for the start-up banner. */
  readonly why: string
  /** What runs of so many rows took (ms) when it was measured; absent where it was not. */
  readonly curve?: readonly { readonly rows: number; readonly ms: number }[]
}

/** Below this a run is over before a second thread has woken up. */
const SMALL_MODEL = 1_000_000

/** `auto` is never more threads × replicas than CPUs. A small model's single replica batches; its second core reads requests. */
export function planFor(
  machine: Machine,
  parameters: number,
  wanted: { readonly count: number | 'auto'; readonly threads: number | 'auto' },
): Plan {
  const cpus = Math.max(1, Math.floor(machine.cpus))
  const small = parameters < SMALL_MODEL
  const threads =
    wanted.threads === 'auto' ? (small ? 1 : wanted.count === 'auto' ? cpus : Math.max(1, Math.floor(cpus / wanted.count))) : wanted.threads
  const replicas =
    wanted.count === 'auto'
      ? small
        ? Math.max(1, Math.min(4, Math.floor(cpus / 2)))
        : Math.max(1, Math.floor(cpus / threads))
      : wanted.count
  const size = small ? 'small model' : 'large model'
  const why = wanted.count === 'auto' || wanted.threads === 'auto' ? `${size}, ${machine.cpus} CPUs (${machine.cpusFrom})` : 'as configured'
  return { replicas, threads, spinning: false, why }
}

/** Of one Python model, unless its owner says otherwise: each holds its framework once more. */
const MOST_PYTHON = 4

/** A Python process runs its code on one core at a time, so each core gets one; threads that numpy and its like start share what is left. */
export function planForPython(machine: Machine, wanted: { readonly count: number | 'auto'; readonly threads: number | 'auto' }): Plan {
  const cpus = Math.max(1, Math.floor(machine.cpus))
  const replicas = wanted.count === 'auto' ? Math.min(MOST_PYTHON, cpus) : wanted.count
  const threads = wanted.threads === 'auto' ? Math.max(1, Math.floor(cpus / replicas)) : wanted.threads
  const auto = wanted.count === 'auto' || wanted.threads === 'auto'
  const why = auto
    ? `Python, ${machine.cpus} CPUs (${machine.cpusFrom}); not measured, since code may do more than answer`
    : 'as configured'
  return { replicas, threads, spinning: false, why }
}

/** On a device of its own kind, replicas contend for it and each holds the model once more: one, unless its owner says otherwise. */
export function planForDevice(device: string, wanted: { readonly count: number | 'auto'; readonly threads: number | 'auto' }): Plan {
  const replicas = wanted.count === 'auto' ? 1 : wanted.count
  return { replicas, threads: wanted.threads === 'auto' ? 1 : wanted.threads, spinning: false, why: `it runs by ${device}` }
}
