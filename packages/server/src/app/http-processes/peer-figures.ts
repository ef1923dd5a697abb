/** What several HTTP processes tell of one revision, as one. */
import type { PeerFigures } from '../../serving/peers.ts'

export function sumOfFigures(all: readonly PeerFigures[]): PeerFigures {
  const sum = (of: (figures: PeerFigures) => number) => all.reduce((total, figures) => total + of(figures), 0)
  return {
    asked: sum(({ asked }) => asked),
    queueRows: sum(({ queueRows }) => queueRows),
    running: all.some(({ running }) => running),
    kept: {
      bytes: sum(({ kept }) => kept.bytes),
      entries: sum(({ kept }) => kept.entries),
      evictions: sum(({ kept }) => kept.evictions),
    },
  }
}
