/** The worker's side of a model: the session, the transforms and defaults beside it, one run at a time in the order asked. */

import { ServeError, type Tensors } from '@slipway/protocol'
import { systemClock } from '../base/clock.ts'
import { runtimeNamed } from '../runtimes/catalog.ts'
import type { Session } from '../runtimes/runtime.ts'
import { inputTransform } from '../transforms/catalog.ts'
import type { Transform } from '../transforms/transform.ts'
import type { WorkerSpec } from './carrier.ts'
import { filled } from './fill-rows.ts'

export interface HostAnswer {
  readonly outputs: Tensors
  readonly inferMs: number
  readonly transformMs: number
}

export class SessionHost {
  #session: Session | undefined
  #transform: Transform | undefined
  #defaults: Tensors = new Map()
  #fixedRows: number | undefined
  #last: Promise<unknown> = Promise.resolve()

  /** Waits for its turn, as a run does: what was asked after it finds the model open. */
  open(spec: WorkerSpec): Promise<void> {
    return this.inTurn(() => this.#openNow(spec))
  }

  /** Does the work once all that was asked before is answered. */
  inTurn<Answer>(work: () => Promise<Answer> | Answer): Promise<Answer> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #openNow(spec: WorkerSpec): Promise<void> {
    if (this.#session !== undefined) throw new ServeError('INTERNAL', 'this worker has opened its model already')
    const runtime = await runtimeNamed(spec.runtime)
    const [session, transform] = await Promise.all([
      runtime.open(spec.modelPath, {
        threads: spec.threads,
        spinning: spec.spinning,
        providers: spec.providers,
        signature: spec.signature,
      }),
      inputTransform(spec.transforms, spec.signature),
    ])
    this.#session = session
    this.#transform = transform
    this.#defaults = spec.defaults
    this.#fixedRows = spec.fixedRows
  }

  /** Waits for its turn, runs, and calls `answer` before the next run begins, so that an answer never waits for a stranger's run. */
  run(inputs: Tensors, answer: (result: HostAnswer | { readonly error: unknown }) => Promise<void> | void): Promise<void> {
    return this.inTurn(async () => answer(await this.#runNow(inputs).catch((error: unknown) => ({ error }))))
  }

  async #runNow(inputs: Tensors): Promise<HostAnswer> {
    if (this.#session === undefined) throw new ServeError('INTERNAL', 'this worker has no open model')
    const started = systemClock.monotonic()
    const ready = this.#complete(this.#transform === undefined ? inputs : await this.#transform(inputs))
    const transformed = systemClock.monotonic()
    const session = this.#session
    const outputs = await filled(ready, this.#fixedRows, (all) => session.run(all))
    return { outputs, inferMs: systemClock.monotonic() - transformed, transformMs: transformed - started }
  }

  /** Adds what was left out; a request's own value always wins. */
  #complete(inputs: Tensors): Tensors {
    if (this.#defaults.size === 0) return inputs
    return new Map([...inputs, ...[...this.#defaults].filter(([name]) => !inputs.has(name))])
  }

  async close(): Promise<void> {
    await this.#last
    await this.#session?.close()
    this.#session = undefined
  }
}
