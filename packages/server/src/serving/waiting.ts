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
  /** The group it waits in. */
  key: string
  /** Ends the deadline's timer. */
  cancelTimer(): void
  resolve(answer: Answer): void
  reject(error: ServeError): void
}

export class Waiting {
  /** Only of entries that wait: while a run hangs, those that give up must not pile up with their inputs. */
  readonly #groups = new Map<string, Set<Entry>>()
  #rows = 0
  #entries = 0
  #unanswered = 0
  #alone = 0
  #onEmpty: (() => void) | undefined

  get rows(): number {
    return this.#rows
  }

  get entries(): number {
    return this.#entries
  }

  /** Its key says what the entry's rows may be joined with. */
  enter(entry: Entry): void {
    this.#unanswered += 1
    this.#join(entry)
  }

  /** Waits again, to be run with nobody else. */
  enterAlone(entry: Entry): void {
    entry.state = 'waiting'
    this.#alone += 1
    entry.key = `alone ${this.#alone}`
    this.#join(entry)
  }

  /** Answers an entry, wherever it is; only once. */
  settle(entry: Entry, answer: () => void): void {
    if (entry.state === 'settled') return
    if (entry.state === 'waiting') this.#leave(entry)
    entry.state = 'settled'
    entry.cancelTimer()
    answer()
    this.#unanswered -= 1
    if (this.#unanswered === 0) this.#onEmpty?.()
  }

  /** When the first group's first entry came. */
  get since(): number {
    const [group = []] = this.#groups.values()
    const [entry] = group
    return entry?.enteredAt ?? 0
  }

  /** True when the first group fills a run of `maxRows` (0: one entry does). */
  fills(maxRows: number): boolean {
    if (maxRows === 0) return true
    if (this.#groups.size === 1) return this.#rows >= maxRows
    const [group = []] = this.#groups.values()
    let rows = 0
    for (const entry of group) rows += entry.rows
    return rows >= maxRows
  }

  /** The first group's first entries, as many as fit into one run; they are running then. */
  take(maxRows: number): readonly Entry[] {
    const [first] = this.#groups
    if (first === undefined) return []
    const [key, group] = first
    const taken: Entry[] = []
    let rows = 0
    for (const entry of group) {
      if (taken.length > 0 && (maxRows === 0 || rows + entry.rows > maxRows)) break
      taken.push(entry)
      rows += entry.rows
    }
    for (const entry of taken) {
      this.#leave(entry)
      entry.state = 'running'
    }
    // A group that still waits goes behind the others, so that no shape starves another.
    if (this.#groups.delete(key)) this.#groups.set(key, group)
    return taken
  }

  all(): readonly Entry[] {
    return [...this.#groups.values()].flatMap((group) => [...group])
  }

  /** Resolves when all that entered is answered: what runs may yet have to wait again. */
  async empty(): Promise<void> {
    if (this.#unanswered > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
  }

  #join(entry: Entry): void {
    const group = this.#groups.get(entry.key)
    if (group === undefined) this.#groups.set(entry.key, new Set([entry]))
    else group.add(entry)
    this.#rows += entry.rows
    this.#entries += 1
  }

  #leave(entry: Entry): void {
    const group = this.#groups.get(entry.key)
    group?.delete(entry)
    if (group?.size === 0) this.#groups.delete(entry.key)
    this.#rows -= entry.rows
    this.#entries -= 1
  }
}
