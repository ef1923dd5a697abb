/** The carrier for trusted models of well under a millisecond: the session lives in this process, and a run blocks it. */

import type { Tensors } from '@slipway/protocol'
import { concatRows, ServeError, type Tensor } from '@slipway/protocol'
import { systemClock } from '../base/clock.ts'
import type { Exit } from '../base/process.ts'
import { type Carrier, type Link, LinkLost, type RunResult, type Worker, type WorkerSpec } from './carrier.ts'
import { type HostAnswer, SessionHost } from './session-host.ts'

class InlineLink implements Link {
  readonly #host: SessionHost
  #closed = false

  constructor(host: SessionHost) {
    this.#host = host
  }

  open(spec: WorkerSpec): Promise<void> {
    return this.#host.open(spec)
  }

  run(parts: readonly Tensors[]): Promise<RunResult> {
    if (this.#closed) return Promise.reject(new LinkLost())
    const askedAt = systemClock.monotonic()
    return new Promise((resolve, reject) => {
      void this.#host.run(join(parts), (result) => {
        if ('error' in result)
          reject(
            result.error instanceof ServeError ? result.error : new ServeError('INTERNAL', 'the model failed', { cause: result.error }),
          )
        else
          resolve({
            ...(result as HostAnswer),
            transportMs: Math.max(0, systemClock.monotonic() - askedAt - result.inferMs - result.transformMs),
          })
      })
    })
  }

  close(): void {
    this.#closed = true
  }
}

function join(parts: readonly Tensors[]): Tensors {
  const first = parts[0] ?? new Map<string, Tensor>()
  if (parts.length === 1) return first
  return new Map([...first.keys()].map((name) => [name, concatRows(parts.map((part) => part.get(name) as Tensor))]))
}

export function createInlineCarrier(): Carrier {
  const hosts = new Map<string, SessionHost>()
  let count = 0
  return {
    name: 'inline',
    async spawn(): Promise<Worker> {
      count += 1
      const address = `inline:${count}`
      const host = new SessionHost()
      hosts.set(address, host)
      const ended = Promise.withResolvers<Exit>()
      return {
        address,
        pid: undefined,
        exited: ended.promise,
        kill: () => {
          hosts.delete(address)
          void host.close().finally(() => ended.resolve({ code: 0, signal: null }))
        },
      }
    },
    async connect(address: string): Promise<Link> {
      const host = hosts.get(address)
      if (host === undefined) throw new ServeError('UNAVAILABLE', 'the inline worker has been closed')
      return new InlineLink(host)
    },
  }
}
