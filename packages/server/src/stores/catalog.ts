/** Picks the member of each family of stores by the address in the settings. */
import type { Clock } from '../base/clock.ts'
import { createMemoryRecords } from './records/memory.ts'
import type { RecordStore } from './records/records.ts'
import { createSqliteRecords } from './records/sqlite.ts'
import { createRedisValues, type RedisOptions } from './values/redis.ts'
import type { ValueStore } from './values/values.ts'

/** `url` as the settings give it: `memory:`, or the absolute path of a SQLite file. Touches no disk before it is used. */
export function createRecords(url: string, clock: Clock): RecordStore {
  return url === 'memory:' ? createMemoryRecords() : createSqliteRecords(url, clock)
}

/** `url` names a Redis. Its client is loaded when it is first needed. */
export function createValues(options: RedisOptions): ValueStore {
  return createRedisValues(options)
}
