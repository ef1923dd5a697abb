/**
 * Records in one SQLite file, by node:sqlite (Bun has it too). WAL lets other processes read while one writes; every write is
 * on disk before it is answered. Calls to SQLite hold the thread for as long as they take: some milliseconds for a synced write.
 */
import { randomUUID } from 'node:crypto'
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../../base/clock.ts'
import {
  type ListOptions,
  type Page,
  positionOf,
  type RecordCollection,
  type RecordStore,
  type StoredRecord,
  type Tallied,
} from './records.ts'
import { isBusy, isThere, openDatabase, storeError } from './sqlite-database.ts'

const PATIENCE_MS = 5000
const RETRY_MS = 20

/** `path` is absolute. */
export function createSqliteRecords(path: string, clock: Clock): RecordStore {
  const file = new SqliteFile(path, clock)
  return { collection: <T>(name: string) => new SqliteCollection<T>(file, name), close: () => file.close() }
}

type Work<R> = (database: DatabaseSync) => R

/** Owns the connection: closed → (first write, or first read of a file that is there) open → closed for good. */
class SqliteFile {
  readonly #path: string
  readonly #clock: Clock
  #opened: Promise<DatabaseSync> | undefined
  #isClosed = false

  constructor(path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
  }

  /** `absent` where there is no file yet. */
  async read<R>(absent: R, work: Work<R>): Promise<R> {
    if (this.#opened === undefined && !this.#isClosed && !(await isThere(this.#path))) return absent
    return this.#patiently(false, work)
  }

  write<R>(work: Work<R>): Promise<R> {
    return this.#patiently(true, work)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const database = await this.#opened?.catch(() => undefined)
    this.#opened = undefined
    database?.close()
  }

  /** Tries again while another process holds the lock. */
  async #patiently<R>(create: boolean, work: Work<R>): Promise<R> {
    const until = this.#clock.monotonic() + PATIENCE_MS
    for (;;) {
      if (this.#isClosed) throw new ServeError('UNAVAILABLE', 'the record store is closed')
      try {
        return work(await this.#open(create))
      } catch (error) {
        if (!isBusy(error)) throw storeError(error)
        if (this.#clock.monotonic() >= until)
          throw new ServeError('UNAVAILABLE', 'another process keeps the record store busy; try again a little later', { cause: error })
        await this.#clock.sleep(RETRY_MS)
      }
    }
  }

  #open(create: boolean): Promise<DatabaseSync> {
    this.#opened ??= openDatabase(this.#path, create).catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }
}

interface Row {
  readonly position: number
  readonly id: string
  readonly revision: number
  readonly value: string
}

class SqliteCollection<T> implements RecordCollection<T> {
  readonly #file: SqliteFile
  readonly #name: string

  constructor(file: SqliteFile, name: string) {
    this.#file = file
    this.#name = name
  }

  get(id: string): Promise<StoredRecord<T> | undefined> {
    return this.#file.read(undefined, (database) => {
      const [row] = rows(database, 'select id, revision, value from records where collection = ? and id = ?', this.#name, id)
      return row === undefined ? undefined : record<T>(row)
    })
  }

  async put(id: string, value: T, revision: number): Promise<number | undefined> {
    const text = JSON.stringify(value)
    const sql =
      revision === 0
        ? 'insert into records (value, collection, id, revision) values (?, ?, ?, ? + 1) on conflict do nothing'
        : 'update records set value = ?, revision = revision + 1 where collection = ? and id = ? and revision = ?'
    const changed = await this.#file.write((database) => changes(database, sql, text, this.#name, id, revision))
    return changed === 0 ? undefined : revision + 1
  }

  async append(value: T, most = Number.MAX_SAFE_INTEGER): Promise<StoredRecord<T> | undefined> {
    const id = randomUUID()
    const text = JSON.stringify(value)
    const sql = `insert into records (collection, id, revision, value)
                 select ?1, ?2, 1, ?3 where (select count(*) from records where collection = ?1) < ?4`
    const changed = await this.#file.write((database) => changes(database, sql, this.#name, id, text, most))
    return changed === 0 ? undefined : record<T>({ id, revision: 1, value: text })
  }

  async list(options: ListOptions): Promise<Page<T>> {
    const from = positionOf(options)
    const { limit, newestFirst = false } = options
    const [beyond, order] = newestFirst ? ['<', 'desc'] : ['>', 'asc']
    const sql = `select position, id, revision, value from records
                 where collection = ? and position ${beyond} ? order by position ${order} limit ?`
    const found = await this.#file.read([], (database) => rows(database, sql, this.#name, from, limit + 1))
    const page = found.slice(0, limit)
    const last = page.at(-1)
    const records = page.map((row) => record<T>(row))
    return found.length > limit && last !== undefined ? { records, next: String(last.position) } : { records }
  }

  async tally(member: Tallied): Promise<ReadonlyMap<string, number>> {
    // Word for word what is indexed: otherwise SQLite would read every value.
    const counted = `value ->> '$.${member}'`
    const sql = `select ${counted} as text, count(*) as count from records where collection = ? group by ${counted}`
    const found = await this.#file.read([], (database) => database.prepare(sql).all(this.#name))
    return new Map(found.flatMap(({ text, count }) => (typeof text === 'string' ? [[text, Number(count)]] : [])))
  }

  async delete(id: string, revision?: number): Promise<boolean> {
    const sql = 'delete from records where collection = ?1 and id = ?2 and revision = ifnull(?3, revision)'
    return this.#file.read(false, (database) => changes(database, sql, this.#name, id, revision ?? null) > 0)
  }
}

function rows(database: DatabaseSync, sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
  // The columns are those of the table, which is strict about its types.
  return database.prepare(sql).all(...values) as unknown as readonly Row[]
}

function changes(database: DatabaseSync, sql: string, ...values: readonly SQLInputValue[]): number {
  return Number(database.prepare(sql).run(...values).changes)
}

function record<T>({ id, revision, value }: Omit<Row, 'position'>): StoredRecord<T> {
  return { id, revision, value: JSON.parse(value) as T }
}
