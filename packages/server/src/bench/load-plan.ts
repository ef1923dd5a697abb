/** What the load generator is told, and what it tells: plain JSON, since it is a process of its own. */

/** One body, ready to be sent; the generator takes them in turn. */
export interface LoadRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Base64. */
  readonly body: string
}

/**
 * `closed`: each connection asks again when it has its answer, so a slow server is asked less. `open`: requests are due by a Poisson
 * process whatever the server does, and latency counts from when they were due.
 */
export type Load =
  | { readonly kind: 'closed'; readonly connections: number }
  | { readonly kind: 'open'; readonly perSecond: number; readonly connections: number; readonly seed: number }

export interface LoadPlan {
  /** http://127.0.0.1:8080, or https. */
  readonly origin: string
  readonly transport: 'http' | 'grpc'
  /** At least one. */
  readonly requests: readonly LoadRequest[]
  readonly load: Load
  readonly warmUpMs: number
  readonly windowMs: number
  /** After so many windows it ends by itself. */
  readonly windows: number
}

/** Sums over the answers whose `Server-Timing` was read, in milliseconds. */
export type PhaseSums = Readonly<Record<string, number>>

/** One window as the generator saw it. */
export interface WindowReport {
  readonly seconds: number
  readonly answered: number
  readonly failed: number
  /** The first failure of the window. */
  readonly firstFailure?: string
  /** Due, but given up, since too many were waiting for a connection. */
  readonly dropped: number
  /** Most requests that were due and waited for a connection. */
  readonly waitingMost: number
  /** `Latencies.toText`. */
  readonly latencies: string
  /** How much of the window the generator's own event loop was busy, 0 to 1. */
  readonly loopBusy: number
  /** Processor time of the generator. */
  readonly cpuSeconds: number
  readonly timed: number
  readonly phases: PhaseSums
}
