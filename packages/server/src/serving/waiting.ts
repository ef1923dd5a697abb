/** Requests that wait for a run, in groups whose rows can be joined; the longest-waiting group comes first. */
import type { InferResponse, Phases, ServeError, Tensors } from '@slipway/protocol'
import type { CallContext } from './infer.ts'

export type Answer = Pick<InferResponse, 'outputs' | 'batchRows'> & { readonly phases: Phases }

export interface Entry {
  readonly inputs: Tensors
  readonly rows: number
  readonly context: CallContext
  /** On the monotonic clock (ms). */
  readonly enteredAt: number
  /** waiting in a group, running in a frame, or settled: answered one way or the other */
  state: 'waiting' | 'running' | 'settled'
  /** Ends the deadline's timer. */
  cancelTimer(): void
  resolve(answer: Answer): void
  reject(error: ServeError): void
}

export class Waiting {
  /** Settled entries stay in their group until it is taken; they count for nothing. */
  readonly #groups = new Map<string, Entry[]>()
  #rows = 0
  #entries = 0
  #alone = 0
  #onEmpty: (() => void) | undefined

  get rows(): number {
    return this.#rows
  }

  get entries(): number {
    return this.#entries
  }

  /** `key` says what the entry's rows may be joined with. */
  enter(key: string, entry: Entry): void {
    const group = this.#groups.get(key)
    if (group === undefined) this.#groups.set(key, [entry])
    else group.push(entry)
    this.#count(entry)
  }

  /** Waits again, to be run with nobody else. */
  enterAlone(entry: Entry): void {
    entry.state = 'waiting'
    this.#alone += 1
    this.#groups.set(`alone ${this.#alone}`, [entry])
    this.#count(entry)
  }

  /** Answers an entry, wherever it is; only once. */
  settle(entry: Entry, answer: () => void): void {
    if (entry.state === 'settled') return
    if (entry.state === 'waiting') this.#leave(entry, 'settled')
    entry.state = 'settled'
    entry.cancelTimer()
    answer()
  }

  /** When the first group's first entry came. */
  get since(): number {
    const [group] = this.#groups.values()
    return group?.[0]?.enteredAt ?? 0
  }

  /** True when the first group fills a run of `maxRows` (0: one entry does). */
  fills(maxRows: number): boolean {
    if (maxRows === 0) return true
    if (this.#groups.size === 1) return this.#rows >= maxRows
    const [group = []] = this.#groups.values()
    return group.reduce((rows, entry) => rows + (entry.state === 'waiting' ? entry.rows : 0), 0) >= maxRows
  }

  /** The first group's first entries, as many as fit into one run; they are running then. */
  take(maxRows: number): readonly Entry[] {
    const [first] = this.#groups
    if (first === undefined) return []
    const [key, group] = first
    const taken: Entry[] = []
    let rows = 0
    let count = 0
    for (const entry of group) {
      if (entry.state === 'waiting') {
        if (taken.length > 0 && (maxRows === 0 || rows + entry.rows > maxRows)) break
        taken.push(entry)
        rows += entry.rows
      }
      count += 1
    }
    // A group that still waits goes behind the others, so that no shape starves another.
    this.#groups.delete(key)
    if (count < group.length) this.#groups.set(key, group.slice(count))
    for (const entry of taken) this.#leave(entry, 'running')
    return taken
  }

  all(): readonly Entry[] {
    return [...this.#groups.values()].flat()
  }

  /** Resolves when nothing waits. */
  async empty(): Promise<void> {
    if (this.#entries > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
  }

  #count(entry: Entry): void {
    this.#rows += entry.rows
    this.#entries += 1
  }

  #leave(entry: Entry, state: 'running' | 'settled'): void {
    entry.state = state
    this.#rows -= entry.rows
    this.#entries -= 1
    if (this.#entries > 0) return
    this.#groups.clear()
    this.#onEmpty?.()
  }
}
