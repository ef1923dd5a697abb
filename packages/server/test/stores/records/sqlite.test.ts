import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ServeError } from '@slipway/protocol'
import { needs } from '../../../../../scripts/requirement.ts'
import { findBun } from '../../../../../scripts/runtimes.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { createSqliteRecords } from '../../../src/stores/records/sqlite.ts'
import { testRecordStore } from '../../contract/record-store.ts'
import { fakeClock } from '../../support/clock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const WRITER = fileURLToPath(new URL('../../support/record-writer.ts', import.meta.url))

interface Numbered {
  readonly by: string
  readonly number: number
}

const place = async () => join(await temporaryFolder(), 'deep', 'er', 'slipway.db')
const opened = (path: string) => {
  const store = createSqliteRecords(path, systemClock)
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() })
}
const refused = (code: string, sentence: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ServeError, String(error))
  assert.equal(error.code, code)
  assert.match(error.message, sentence)
  assert.doesNotMatch(error.message, /\/tmp|slipway\.db/)
  return true
}

testRecordStore('sqlite', async () => opened(await place()))

test('nothing is made before the first write, and then for this account alone', async () => {
  const path = await place()
  await using store = opened(path)
  const numbers = store.collection<Numbered>('numbers')
  await numbers.list({ limit: 1 })
  await numbers.delete('x')
  assert.equal(existsSync(join(path, '..', '..')), false)
  await numbers.append({ by: 'test', number: 1 })
  assert.equal(statSync(path).mode & 0o077, 0)
  assert.equal(statSync(join(path, '..')).mode & 0o077, 0)
})

test('records outlive the process, and their order goes on', async () => {
  const path = await place()
  for (const number of [1, 2, 3]) {
    await using store = opened(path)
    await store.collection<Numbered>('numbers').append({ by: 'test', number })
  }
  await using store = opened(path)
  const { records } = await store.collection<Numbered>('numbers').list({ limit: 10 })
  assert.deepEqual(
    records.map(({ value }) => value.number),
    [1, 2, 3],
  )
})

/** Starts a writer; `acknowledged` counts what it was told is stored. */
function startWriter(runtime: string, path: string, name: string): { readonly child: ChildProcess; readonly acknowledged: () => number } {
  const child = spawn(runtime, [WRITER, path, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  after(() => child.kill('SIGKILL'))
  let printed = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  return { child, acknowledged: () => printed.split('\n').length - 1 }
}

async function reaches(writer: ReturnType<typeof startWriter>, count: number): Promise<void> {
  while (writer.acknowledged() < count) {
    assert.equal(writer.child.exitCode, null, 'the writer ended')
    await once(writer.child.stdout as NodeJS.ReadableStream, 'data')
  }
}

async function killed({ child }: ReturnType<typeof startWriter>): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

async function numbersOf(path: string, by: string): Promise<readonly number[]> {
  await using store = opened(path)
  const { records } = await store.collection<Numbered>('numbers').list({ limit: 1_000_000 })
  return records.filter(({ value }) => value.by === by).map(({ value }) => value.number)
}

async function survivesKills(runtime: string): Promise<void> {
  const path = await place()
  for (const round of ['one', 'two', 'three']) {
    const writer = startWriter(runtime, path, round)
    await reaches(writer, 50)
    await killed(writer)
    const stored = await numbersOf(path, round)
    assert.ok(stored.length >= writer.acknowledged(), `${stored.length} stored of ${writer.acknowledged()} acknowledged`)
    assert.deepEqual(
      stored,
      stored.map((_, index) => index),
    )
  }
}

test('every record that was acknowledged is there after SIGKILL', () => survivesKills(process.execPath))

test('every record that was acknowledged is there after SIGKILL under Bun', needs('bun'), () => survivesKills(findBun() as string))

test('several processes write to one file at once, and nobody loses a record', async () => {
  const path = await place()
  const writers = ['a', 'b', 'c'].map((name) => ({ name, ...startWriter(process.execPath, path, name) }))
  await Promise.all(writers.map((writer) => reaches(writer, 40)))
  await Promise.all(writers.map(killed))
  for (const { name, acknowledged } of writers) assert.ok((await numbersOf(path, name)).length >= acknowledged())
})

test('a store that another keeps busy is waited for, and given up in the end', async () => {
  const path = await place()
  await using first = opened(path)
  await first.collection<Numbered>('numbers').append({ by: 'test', number: 1 })
  const other = new DatabaseSync(path)
  const clock = fakeClock()
  const store = createSqliteRecords(path, clock)
  const numbers = store.collection<Numbered>('numbers')
  other.exec('begin immediate')
  const waiting = numbers.append({ by: 'test', number: 2 })
  await clock.advance(1000)
  other.exec('rollback')
  await clock.advance(1000)
  assert.equal((await waiting)?.value.number, 2)
  other.exec('begin immediate')
  const inVain = assert.rejects(numbers.append({ by: 'test', number: 3 }), refused('UNAVAILABLE', /busy; try again/))
  await clock.advance(10_000)
  await inVain
  assert.equal((await numbers.list({ limit: 10 })).records.length, 2)
  other.close()
  await store.close()
})

test('a place that cannot be written is told without its path, and reading goes on', async () => {
  const folder = await temporaryFolder()
  writeFileSync(join(folder, 'file'), 'x')
  await using blocked = opened(join(folder, 'file', 'slipway.db'))
  await assert.rejects(blocked.collection('numbers').append({}), refused('FAILED_PRECONDITION', /nothing can be stored.*store\.url/))
  assert.deepEqual(await blocked.collection('numbers').list({ limit: 1 }), { records: [] })
})

test('a file of another program, of a newer Slipway, or no database at all is left alone', async () => {
  const folder = await temporaryFolder()
  const foreign = join(folder, 'foreign.db')
  const newer = join(folder, 'newer.db')
  const text = join(folder, 'text.db')
  const database = (path: string, sql: string) => {
    const made = new DatabaseSync(path)
    made.exec(sql)
    made.close()
  }
  database(foreign, 'create table cookies (name text)')
  await using store = opened(newer)
  await store.collection('numbers').append({})
  await store.close()
  database(newer, 'pragma user_version = 99')
  writeFileSync(text, 'not a database, but long enough to be looked at as one. '.repeat(100))
  for (const [path, sentence] of [
    [foreign, /belongs to another program/],
    [newer, /newer Slipway/],
    [text, /damaged, or no SQLite database/],
  ] as const) {
    await using refusing = opened(path)
    await assert.rejects(refusing.collection('numbers').append({}), refused('FAILED_PRECONDITION', sentence))
    await assert.rejects(refusing.collection('numbers').list({ limit: 1 }), refused('FAILED_PRECONDITION', sentence))
  }
  database(foreign, 'insert into cookies values (1)')
})
