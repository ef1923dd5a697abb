/** Other processes that answer for the same revisions, by the same replicas. */
import type { Kept } from '../observe/cache-metrics.ts'
import type { Death } from '../replicas/replica.ts'

export interface PeerFigures {
  /** Requests that came to them. */
  readonly asked: number
  /** Rows that wait there. */
  readonly queueRows: number
  /** Whether any of them has a run under way. */
  readonly running: boolean
  /** By their response caches. */
  readonly kept: Kept
}

export const NO_PEERS: PeerFigures = { asked: 0, queueRows: 0, running: false, kept: { bytes: 0, entries: 0, evictions: 0 } }

export interface Peers {
  /** How long ago (ms) any of them was last answered by the replica there. */
  quietMs(address: string): Promise<number>
  /** Of the version, by what they reported last. */
  figures(model: string, version: string): PeerFigures
  /** A replica died: frames of theirs may have been on it. */
  died(death: Death): void
}
