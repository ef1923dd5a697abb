/** What one turn of one contender gave. */
import type { CaseName } from './cases.ts'

/** Load by so many connections. */
export interface Loaded {
  readonly connections: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly failures: number
  /** Processor time of all its processes for one answer, in milliseconds; absent when nothing was answered. */
  readonly cpuMs?: number
  /** Mean rows of one run meanwhile; absent when no run was seen. */
  readonly batch?: number
}

export interface Sample {
  readonly contender: string
  readonly case: CaseName
  readonly round: number
  readonly loads: readonly Loaded[]
  /** Milliseconds from the start of its process to its first right answer. */
  readonly firstAnswerMs?: number
  /** Octets of all its processes after the loads, shared ones once. */
  readonly memory?: number
  /** Why it gave nothing, or what was wrong with an answer. */
  readonly fault?: string
}
