/** Waiting with an end to it. */
import type { Clock } from './clock.ts'

/** Resolves when `work` is settled or `ms` are over, whichever comes first; what is left of it goes on. */
export function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve)
    const done = () => {
      cancel()
      resolve()
    }
    work.then(done, done)
  })
}
