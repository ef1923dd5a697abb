/** The one file of the SQLite store: opened, recognised, brought to the newest layout; and what SQLite says against it, in our words. */
import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { ServeError } from '@slipway/protocol'

/** `SLIP`, where SQLite keeps what program a file belongs to. */
const APPLICATION_ID = 0x53_4c_49_50
/** SQLite waits on the thread that answers requests, so it waits briefly; longer waits are the caller's, off the thread. */
const BLOCKING_MS = 5

/** Layouts in order; a file remembers how many it has been through. */
const MIGRATIONS = [
  `create table records (
     position integer primary key autoincrement,
     collection text not null,
     id text not null,
     revision integer not null,
     value text not null,
     unique (collection, id)
   ) strict;
   create index records_in_order on records (collection, position);`,
  "create index records_by_verdict on records (collection, value ->> '$.verdict');",
] as const

/** Opens the file, made first if it is to be. Rejects with NOT_FOUND when it is not there, FAILED_PRECONDITION when it is not ours. */
export async function openDatabase(path: string, create: boolean): Promise<DatabaseSync> {
  if (create) await make(path)
  else if (!(await isThere(path))) throw new ServeError('NOT_FOUND', 'nothing has been stored here yet')
  // Loaded when it is needed: servers that store nothing do without it.
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(path)
  try {
    // Acknowledged is on disk: FULL syncs the log at each commit, which WAL alone leaves to chance. https://sqlite.org/pragma.html#pragma_synchronous
    database.exec(`pragma busy_timeout = ${BLOCKING_MS}; pragma synchronous = full`)
    if (!isCurrent(database)) migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** What people sent is for this account's eyes only. */
async function make(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await (await open(path, 'a', 0o600)).close()
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0])
}

function isCurrent(database: DatabaseSync): boolean {
  const [owner, version] = [pragma(database, 'application_id'), pragma(database, 'user_version')]
  const isEmpty = owner === 0 && version === 0 && database.prepare('select 1 from sqlite_schema').get() === undefined
  if (owner !== APPLICATION_ID && !isEmpty)
    throw new ServeError('FAILED_PRECONDITION', 'the file of store.url belongs to another program; name one of its own for Slipway')
  if (version > MIGRATIONS.length)
    throw new ServeError('FAILED_PRECONDITION', 'the file of store.url was written by a newer Slipway; use that one, or name another file')
  return version === MIGRATIONS.length
}

function migrate(database: DatabaseSync): void {
  database.exec('pragma journal_mode = wal')
  database.exec('begin immediate')
  try {
    // Another process may have been quicker.
    if (!isCurrent(database)) {
      for (const layout of MIGRATIONS.slice(pragma(database, 'user_version'))) database.exec(layout)
      database.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${MIGRATIONS.length}`)
    }
    database.exec('commit')
  } catch (error) {
    database.exec('rollback')
    throw error
  }
}

/** Primary result codes, https://sqlite.org/rescode.html */
const BUSY = [5, 6]
const NOT_OURS = [11, 26]
const NO_PLACE = [8, 10, 13, 14, 23]

function resultCode(error: unknown): number | undefined {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode
  // The lower octet is the primary code of an extended one.
  return typeof code === 'number' ? code & 0xff : undefined
}

/** Another connection holds the lock: worth another try. */
export function isBusy(error: unknown): boolean {
  return BUSY.includes(resultCode(error) ?? -1)
}

const SYSTEM_CODES = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EISDIR', 'EEXIST']

/** The error as the caller is told it, without the file's path; what is a fault of ours stays as it is. */
export function storeError(error: unknown): unknown {
  const code = resultCode(error) ?? -1
  if (NOT_OURS.includes(code))
    return new ServeError('FAILED_PRECONDITION', 'the file of store.url is damaged, or no SQLite database; restore it, or name another', {
      cause: error,
    })
  const system = (error as NodeJS.ErrnoException | null)?.code ?? ''
  if (NO_PLACE.includes(code) || SYSTEM_CODES.includes(system)) {
    const why = code === 13 || system === 'ENOSPC' || system === 'EDQUOT' ? 'the disk is full' : 'it cannot be written there'
    return new ServeError(
      'FAILED_PRECONDITION',
      `nothing can be stored: ${why}; make room, or set store.url to a file that may be written`,
      {
        cause: error,
      },
    )
  }
  return error
}
