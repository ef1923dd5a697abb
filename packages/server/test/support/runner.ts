/** A pool whose runs a test answers by hand. */
import { type ServeError, type Tensors, tensor } from '@slipway/protocol'
import type { RunResult } from '../../src/replicas/carrier.ts'
import type { Runner } from '../../src/replicas/pool.ts'

export interface FakeRun {
  readonly parts: readonly Tensors[]
  readonly requestIds: readonly string[]
  /** Answers each row with its own first value times ten. */
  answer(inferMs?: number): void
  fail(error: ServeError): void
}

export interface FakeRunner extends Runner {
  readonly runs: FakeRun[]
  broke: ServeError | undefined
  /** Tells the listener, as a pool does. */
  notify(): void
}

export function fakeRunner(replicas = 1): FakeRunner {
  const open: FakeRun[] = []
  let listener: () => void = () => undefined
  const runner: FakeRunner = {
    runs: [],
    broke: undefined,
    free: () => Math.max(0, replicas - open.length),
    slots: () => 2 * replicas - open.length,
    broken: () => runner.broke,
    onFree: (fn) => {
      listener = fn
    },
    notify: () => listener(),
    run: (parts, requestIds) =>
      new Promise<RunResult>((resolve, reject) => {
        const leave = () => {
          const index = open.indexOf(run)
          if (index < 0) return
          open.splice(index, 1)
          listener()
        }
        const run: FakeRun = {
          parts,
          requestIds,
          answer: (inferMs = 2) => {
            resolve({ outputs: timesTen(parts), inferMs, transformMs: 0, transportMs: 1 })
            leave()
          },
          fail: (error) => {
            reject(error)
            leave()
          },
        }
        open.push(run)
        runner.runs.push(run)
      }),
  }
  return runner
}

function timesTen(parts: readonly Tensors[]): Tensors {
  const values = parts.flatMap((part) => Array.from(part.get('x')?.data as Float32Array, (value) => value * 10))
  return new Map([['y', tensor('FP32', [values.length], Float32Array.from(values))]])
}
