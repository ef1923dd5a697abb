/**
 * Requests that wait for a run, in groups whose rows can be joined; the longest-waiting group comes first. A request with a priority
 * stands as if it had come earlier or later than it did: so the urgent overtake, and whoever waits is overtaken for a bounded time only.
 */
import type { InferResponse, Phases, ServeError, Tensors } from '@slipway/protocol'
import type { CallContext } from './infer.ts'

export type Answer = Pick<InferResponse, 'outputs' | 'batchRows'> & { readonly phases: Phases }

export interface Entry {
  readonly inputs: Tensors
  readonly rows: number
  /** Elements of one row, where requests differ in them; else 1. */
  readonly unit: number
  readonly context: CallContext
  /** A body that the model reads itself: one run, however many rows are in it. */
  readonly whole: boolean
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

/** What one level of priority is worth in waiting (ms). */
const LEVEL_MS = 100
/** The level of a request that names none. */
const USUAL = 5
const LOWEST = 10

/** Before whom it runs: the time at which it came, moved by its priority. */
const dueOf = ({ enteredAt, context: { priority } }: Pick<Entry, 'enteredAt' | 'context'>): number =>
  priority === undefined ? enteredAt : enteredAt + (Math.min(priority, LOWEST) - USUAL) * LEVEL_MS

const isRanked = ({ context }: Entry): boolean => context.priority !== undefined

type Group = ReadonlySet<Entry>

export class Waiting {
  /** Only of entries that wait, in the order in which they run: while a run hangs, those that give up must not pile up with their inputs. */
  readonly #groups = new Map<string, Set<Entry>>()
  #rows = 0
  #entries = 0
  #unanswered = 0
  #alone = 0
  /** Waiting entries that name a priority; without any, order of arrival is all there is. */
  #ranked = 0
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

  /** A key of its own: what waits under it runs with nobody else. */
  ownKey(): string {
    this.#alone += 1
    return `alone ${this.#alone}`
  }

  /** Waits again, to be run with nobody else. */
  enterAlone(entry: Entry): void {
    entry.state = 'waiting'
    entry.key = this.ownKey()
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
    const [entry] = this.#first()?.[1] ?? []
    return entry?.enteredAt ?? 0
  }

  /** What would run before `entry` if it entered now. */
  before(entry: Pick<Entry, 'enteredAt' | 'context'>): { readonly rows: number; readonly entries: number } {
    if (this.#ranked === 0 && entry.context.priority === undefined) return { rows: this.#rows, entries: this.#entries }
    const due = dueOf(entry)
    const ahead = this.all().filter((other) => dueOf(other) <= due)
    return { rows: rowsOf(ahead), entries: ahead.length }
  }

  /** Rows of the first group. */
  get firstRows(): number {
    return this.#groups.size === 1 ? this.#rows : rowsOf(this.#first()?.[1] ?? [])
  }

  /** The group that is next, in the order in which it runs. */
  first(): Iterable<Entry> {
    return this.#first()?.[1] ?? []
  }

  /** These, all of one group, wait no more: they run. */
  start(taken: readonly Entry[]): void {
    const key = taken[0]?.key
    if (key === undefined) return
    for (const entry of taken) {
      this.#leave(entry)
      entry.state = 'running'
    }
    // A group that still waits goes behind the others, so that no shape starves another.
    const group = this.#groups.get(key)
    if (group !== undefined && this.#groups.delete(key)) this.#groups.set(key, group)
  }

  all(): readonly Entry[] {
    return [...this.#groups.values()].flatMap((group) => [...group])
  }

  /** Resolves when all that entered is answered: what runs may yet have to wait again. */
  async empty(): Promise<void> {
    if (this.#unanswered > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
  }

  /** The group that is next: in turn, or by its first entry once somebody names a priority. */
  #first(): readonly [string, Set<Entry>] | undefined {
    const [next] = this.#groups
    if (this.#ranked === 0 || this.#groups.size === 1) return next
    let first = next
    let earliest = Number.POSITIVE_INFINITY
    for (const candidate of this.#groups) {
      const [head] = candidate[1]
      if (head === undefined || dueOf(head) >= earliest) continue
      earliest = dueOf(head)
      first = candidate
    }
    return first
  }

  #join(entry: Entry): void {
    const group = this.#groups.get(entry.key)
    if (group === undefined) this.#groups.set(entry.key, new Set([entry]))
    else if (this.#ranked === 0 && !isRanked(entry)) group.add(entry)
    else this.#groups.set(entry.key, inserted(group, entry))
    this.#rows += entry.rows
    this.#entries += 1
    if (isRanked(entry)) this.#ranked += 1
  }

  #leave(entry: Entry): void {
    const group = this.#groups.get(entry.key)
    group?.delete(entry)
    if (group?.size === 0) this.#groups.delete(entry.key)
    this.#rows -= entry.rows
    this.#entries -= 1
    if (isRanked(entry)) this.#ranked -= 1
  }
}

function rowsOf(entries: Iterable<Entry>): number {
  let rows = 0
  for (const entry of entries) rows += entry.rows
  return rows
}

/** The group in the order in which it runs; of equals the first to come stays first. */
function inserted(group: Group, entry: Entry): Set<Entry> {
  const ordered = [...group]
  const due = dueOf(entry)
  let place = ordered.length
  while (place > 0 && dueOf(ordered[place - 1] as Entry) > due) place -= 1
  return new Set(ordered.toSpliced(place, 0, entry))
}
