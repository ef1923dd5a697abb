/** The contract of record stores: small mutable documents, each with a revision counter, in collections that keep the order of creation. */
import { quoted, ServeError } from '@slipway/protocol'

export interface StoredRecord<T> {
  readonly id: string
  /** 1 when it was made, one more with each change. */
  readonly revision: number
  readonly value: T
}

export interface ListOptions {
  /** `next` of the page before; from the oldest on when absent. */
  readonly after?: string
  /** At most this many records. */
  readonly limit: number
  /** From the newest back to the oldest; `after` is then of a page of that direction. */
  readonly newestFirst?: boolean
}

export interface Page<T> {
  /** In the order in which they were made, or the other way round; a change does not move a record. */
  readonly records: readonly StoredRecord<T>[]
  /** Where the next page begins, also when records are deleted meanwhile; absent on the last page. */
  readonly next?: string
}

/** Members of a record's value that records are counted by: a store keeps an index of each, for values may be large. */
export const TALLIED = ['verdict'] as const
export type Tallied = (typeof TALLIED)[number]

/** Records of one kind. Values are what JSON can hold, and what is read is a copy. Whatever was answered to a write is on disk. */
export interface RecordCollection<T> {
  get(id: string): Promise<StoredRecord<T> | undefined>
  /** Compare and set: writes when the record is at `revision`, 0 for one that is not there, and answers the new revision; undefined, and nothing is written, when it is not. */
  put(id: string, value: T, revision: number): Promise<number | undefined>
  /** Adds a record under an id of its own; undefined, and nothing is written, when the collection holds `most` already. */
  append(value: T, most?: number): Promise<StoredRecord<T> | undefined>
  /** Throws INVALID_ARGUMENT for an `after` that no page gave. */
  list(options: ListOptions): Promise<Page<T>>
  /** How many records have each text in this member of their value; those without a text there are left out. */
  tally(member: Tallied): Promise<ReadonlyMap<string, number>>
  /** True when there was such a record, at `revision` if one is given, and now there is none. */
  delete(id: string, revision?: number): Promise<boolean>
}

/**
 * Collections by name. Several processes may use one store. Makes nothing before the first write: what was never written is empty.
 * Throws UNAVAILABLE when others keep it busy for long or it is closed, FAILED_PRECONDITION when its place cannot be used.
 */
export interface RecordStore {
  collection<T>(name: string): RecordCollection<T>
  /** Waits for what is under way. */
  close(): Promise<void>
}

/** The position that a member numbered `next` with; without one, that before the first record of the list. */
export function positionOf({ after, newestFirst }: ListOptions): number {
  if (after === undefined) return newestFirst === true ? Number.MAX_SAFE_INTEGER : 0
  if (/^\d{1,15}$/.test(after)) return Number(after)
  throw new ServeError('INVALID_ARGUMENT', `${quoted(after)} is no place in a list; give "next" of the page before as it is`)
}
