/** Records in the memory of this process: gone with it, for trying things out. */
import { randomUUID } from 'node:crypto'
import { ServeError } from '@slipway/protocol'
import {
  type ListOptions,
  type Page,
  positionOf,
  type RecordCollection,
  type RecordStore,
  type StoredRecord,
  type Tallied,
} from './records.ts'

interface Kept {
  readonly position: number
  readonly revision: number
  /** As JSON, so that no caller shares an object with the store. */
  readonly text: string
}

export function createMemoryRecords(): RecordStore {
  const collections = new Map<string, Map<string, Kept>>()
  const clock = { last: 0, isClosed: false }
  return {
    collection: <T>(name: string) => {
      const kept = collections.get(name) ?? new Map<string, Kept>()
      collections.set(name, kept)
      return new MemoryCollection<T>(kept, clock)
    },
    close: async () => {
      clock.isClosed = true
      collections.clear()
    },
  }
}

class MemoryCollection<T> implements RecordCollection<T> {
  readonly #kept: Map<string, Kept>
  readonly #store: { last: number; isClosed: boolean }

  constructor(kept: Map<string, Kept>, store: { last: number; isClosed: boolean }) {
    this.#kept = kept
    this.#store = store
  }

  async get(id: string): Promise<StoredRecord<T> | undefined> {
    this.#open()
    const kept = this.#kept.get(id)
    return kept === undefined ? undefined : read(id, kept)
  }

  async put(id: string, value: T, revision: number): Promise<number | undefined> {
    this.#open()
    const before = this.#kept.get(id)
    if ((before?.revision ?? 0) !== revision) return undefined
    this.#kept.set(id, { position: before?.position ?? ++this.#store.last, revision: revision + 1, text: JSON.stringify(value) })
    return revision + 1
  }

  async append(value: T, most = Number.POSITIVE_INFINITY): Promise<StoredRecord<T> | undefined> {
    this.#open()
    if (this.#kept.size >= most) return undefined
    const id = randomUUID()
    const kept = { position: ++this.#store.last, revision: 1, text: JSON.stringify(value) }
    this.#kept.set(id, kept)
    return read(id, kept)
  }

  async list(options: ListOptions): Promise<Page<T>> {
    this.#open()
    const from = positionOf(options)
    const { limit, newestFirst = false } = options
    // A Map keeps the order of insertion, and a change leaves a key where it is.
    const inOrder = newestFirst ? [...this.#kept].reverse() : [...this.#kept]
    const rest = inOrder.filter(([, { position }]) => (newestFirst ? position < from : position > from))
    const page = rest.slice(0, limit)
    const last = page.at(-1)
    const records = page.map(([id, kept]) => read<T>(id, kept))
    return rest.length > limit && last !== undefined ? { records, next: String(last[1].position) } : { records }
  }

  async tally(member: Tallied): Promise<ReadonlyMap<string, number>> {
    this.#open()
    const counts = new Map<string, number>()
    for (const { text } of this.#kept.values()) {
      const counted = (JSON.parse(text) as { readonly [Member in Tallied]?: unknown } | null)?.[member]
      if (typeof counted === 'string') counts.set(counted, (counts.get(counted) ?? 0) + 1)
    }
    return counts
  }

  async delete(id: string, revision?: number): Promise<boolean> {
    this.#open()
    if (revision !== undefined && this.#kept.get(id)?.revision !== revision) return false
    return this.#kept.delete(id)
  }

  #open(): void {
    if (this.#store.isClosed) throw new ServeError('UNAVAILABLE', 'the record store is closed')
  }
}

function read<T>(id: string, { revision, text }: Kept): StoredRecord<T> {
  return { id, revision, value: JSON.parse(text) as T }
}
