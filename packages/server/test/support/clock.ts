/** A clock that a test moves by hand. */
import type { Clock } from '../../src/base/clock.ts'

export interface FakeClock extends Clock {
  /** Moves time on and calls what is due, in order; lets promises settle in between. */
  advance(ms: number): Promise<void>
}

/** Lets everything that is already decided happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

export function fakeClock(startMs = 1_000_000): FakeClock {
  let now = startMs
  const due = new Set<{ readonly at: number; readonly fn: () => void }>()
  const after = (ms: number, fn: () => void) => {
    const timer = { at: now + ms, fn }
    due.add(timer)
    return () => void due.delete(timer)
  }
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const cancel = after(ms, resolve)
        signal?.addEventListener('abort', () => {
          cancel()
          reject(signal.reason)
        })
      }),
    after,
    soon: (fn) => void setImmediate(fn),
    advance: async (ms) => {
      const until = now + ms
      await settle()
      for (;;) {
        const [next] = [...due].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        due.delete(next)
        now = Math.max(now, next.at)
        next.fn()
        await settle()
      }
      now = until
      await settle()
    },
  }
}
