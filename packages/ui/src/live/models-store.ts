/** The models of the server, asked for again every second or two while the page is visible. */
import type { ModelInfo } from '@slipway/client'
import { fetchModels } from '../call/server.ts'
import { type Point, withPoint } from './history.ts'

export interface ModelsState {
  /** Undefined until the first answer. */
  readonly models?: readonly ModelInfo[]
  readonly histories: ReadonlyMap<string, readonly Point[]>
  /** Why the last question was not answered; the figures are then those of the last answer. */
  readonly failure?: unknown
}

const POLL_MS = 1500
const RETRY_MS = 3000

/** Owns the timer and the question in flight; both rest while nobody looks. */
export class ModelsStore {
  #state: ModelsState = { histories: new Map() }
  #listeners = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #asking: AbortController | undefined

  readonly snapshot = (): ModelsState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#start()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  #start(): void {
    document.addEventListener('visibilitychange', this.#onVisibility)
    this.#onVisibility()
  }

  #stop(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility)
    this.#pause()
  }

  readonly #onVisibility = (): void => {
    this.#pause()
    if (document.visibilityState === 'visible') void this.#poll()
  }

  #pause(): void {
    clearTimeout(this.#timer)
    this.#asking?.abort()
    this.#asking = undefined
  }

  async #poll(): Promise<void> {
    const asking = new AbortController()
    this.#asking = asking
    try {
      const models = await fetchModels(asking.signal)
      if (asking.signal.aborted) return
      this.#set({ models: models.map((model) => this.#settle(model)), histories: this.#extend(models) })
      this.#timer = setTimeout(() => void this.#poll(), POLL_MS)
    } catch (failure) {
      if (asking.signal.aborted) return
      this.#set({ ...this.#state, failure })
      this.#timer = setTimeout(() => void this.#poll(), RETRY_MS)
    }
  }

  /** Keeps the objects of a signature that did not change, so that what was made from them need not be made again. */
  #settle(model: ModelInfo): ModelInfo {
    const known = this.#state.models?.find(({ name }) => name === model.name)
    if (known === undefined || !sameSignature(known, model)) return model
    return { ...model, inputs: known.inputs, outputs: known.outputs }
  }

  #extend(models: readonly ModelInfo[]): ReadonlyMap<string, readonly Point[]> {
    const now = Date.now()
    return new Map(models.map((model) => [model.name, withPoint(this.#state.histories.get(model.name) ?? [], model.stats, now)]))
  }

  #set(state: ModelsState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

function sameSignature(a: ModelInfo, b: ModelInfo): boolean {
  return JSON.stringify([a.inputs, a.outputs]) === JSON.stringify([b.inputs, b.outputs])
}
