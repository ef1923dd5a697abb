/** Workers whose runs take as long as a test says, on a clock that the test moves. */
import type { Exit } from '../../src/base/process.ts'
import { type Carrier, LinkLost, type WorkerSpec } from '../../src/replicas/carrier.ts'
import type { FakeClock } from './clock.ts'

export interface TimedCarrier extends Carrier {
  /** Workers that are alive, and the most that ever were at once. */
  readonly alive: { now: number; most: number; ever: number }
}

/** `runMs` of a run of so many rows on a worker of this spec. Runs on one worker wait for each other. */
export function timedCarrier(clock: FakeClock, runMs: (spec: WorkerSpec, rows: number) => number): TimedCarrier {
  const alive = { now: 0, most: 0, ever: 0 }
  const deaths = new Map<string, Promise<Exit>>()
  return {
    name: 'process',
    alive,
    spawn: async () => {
      alive.now += 1
      alive.ever += 1
      alive.most = Math.max(alive.most, alive.now)
      const exit = Promise.withResolvers<Exit>()
      const address = String(alive.ever)
      deaths.set(address, exit.promise)
      let dead = false
      const kill = () => {
        if (!dead) alive.now -= 1
        dead = true
        exit.resolve({ code: null, signal: 'SIGKILL' })
      }
      return { address, pid: alive.ever, exited: exit.promise, kill }
    },
    connect: async (address) => {
      const lost = (deaths.get(address) as Promise<Exit>).then(() => {
        throw new LinkLost()
      })
      lost.catch(() => undefined)
      let last: Promise<unknown> = Promise.resolve()
      let own: WorkerSpec | undefined
      return {
        open: async (spec) => {
          own = spec
        },
        run: async (parts) => {
          const turn = last.then(() => clock.sleep(runMs(own as WorkerSpec, parts.length)))
          last = turn
          await Promise.race([turn, lost])
          return { outputs: parts[0] ?? new Map(), inferMs: 1, transformMs: 0, transportMs: 0 }
        },
        close: () => undefined,
      }
    },
  }
}
