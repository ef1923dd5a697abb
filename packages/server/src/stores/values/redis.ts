/**
 * Values in Redis, or in what speaks its protocol.
 *
 *   connecting → ready        it is connected and has answered a PING
 *   connecting → broken       it did not in time
 *   ready      → broken       the connection ended, or several commands in a row were late
 *   broken     → connecting   after a pause, longer each time; the probe is a PING of our own, never a caller's request
 *
 * Only a ready one is asked, and for no longer than the limit: a dead, slow or hung Redis costs an answer that limit a few
 * times, and then nothing. Going broken drops the connection with all that waits on it, so that nothing piles up.
 */

import { type Backoff, backoffMs } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import type { Lookup, ValueStore, ValuesState } from './values.ts'

export interface RedisOptions {
  /** redis:// or rediss://, with a password where one is needed. */
  readonly url: string
  /** How long one command may take (ms). */
  readonly timeoutMs: number
  /** Values are never larger than this, so no more is ever read. */
  readonly mostBytes: number
  readonly clock: Clock
  onState(state: ValuesState, why: string): void
}

const CONNECT_MS = 2000
const PAUSES: Backoff = { firstMs: 250, mostMs: 15_000 }
/** Late commands in a row that make it broken. */
const LATE_IN_A_ROW = 5
/** Commands, and octets of values being written, that may be under way; what is past that is not tried. */
const MOST_COMMANDS = 2048
const MOST_WRITING_BYTES = 16 << 20

/** What is used of the client. */
interface Connection {
  read(key: string): Promise<Uint8Array>
  write(key: string, bytes: Uint8Array, ttlMs: number): Promise<unknown>
  /** Rejects everything that is under way. */
  drop(): void
}

type Outcome<T> = { readonly kind: 'answered'; readonly value: T } | { readonly kind: 'refused' | 'late' }

/** Begins to connect at once, and waits for nothing. */
export function createRedisValues(options: RedisOptions): ValueStore {
  return new RedisValues(options)
}

class RedisValues implements ValueStore {
  readonly #options: RedisOptions
  #state: ValuesState = 'connecting'
  #connection: Connection | undefined
  #attempt = 0
  #late = 0
  #commands = 0
  #writingBytes = 0
  #cancelPause: (() => void) | undefined
  #closed = false

  constructor(options: RedisOptions) {
    this.#options = options
    void this.#connect()
  }

  get state(): ValuesState {
    return this.#state
  }

  async get(key: string, limitMs: number): Promise<Lookup> {
    const connection = this.#connection
    if (this.#state !== 'ready' || connection === undefined || this.#commands >= MOST_COMMANDS) return { kind: 'error' }
    const outcome = await this.#ask(connection, () => connection.read(key), limitMs)
    if (outcome.kind !== 'answered') return { kind: 'error' }
    return outcome.value.byteLength === 0 ? { kind: 'miss' } : { kind: 'hit', bytes: outcome.value }
  }

  set(key: string, bytes: Uint8Array, ttlMs: number): void {
    const connection = this.#connection
    if (this.#state !== 'ready' || connection === undefined || this.#commands >= MOST_COMMANDS) return
    if (bytes.byteLength > this.#options.mostBytes || this.#writingBytes + bytes.byteLength > MOST_WRITING_BYTES) return
    this.#writingBytes += bytes.byteLength
    const written = () => {
      this.#writingBytes -= bytes.byteLength
    }
    // Its octets are held until it is sent or the connection is dropped, however late that is.
    const write = () => connection.write(key, bytes, ttlMs).finally(written)
    void this.#ask(connection, write, this.#options.timeoutMs)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelPause?.()
    this.#dropConnection()
  }

  /** Resolves within the limit, whatever becomes of the command. */
  #ask<T>(connection: Connection, command: () => Promise<T>, limitMs: number): Promise<Outcome<T>> {
    const { clock, timeoutMs } = this.#options
    const ms = Math.max(0, Math.min(limitMs, timeoutMs))
    this.#commands += 1
    return new Promise((resolve) => {
      let settled = false
      const settle = (outcome: Outcome<T>) => {
        if (settled) return
        settled = true
        cancel()
        resolve(outcome)
      }
      // An answer that has arrived while this process was busy is not late.
      const cancel = clock.after(ms, () =>
        clock.soon(() => {
          if (settled) return
          settle({ kind: 'late' })
          // A caller with less time than the limit says nothing about Redis.
          if (ms === timeoutMs) this.#wasLate(connection)
        }),
      )
      command()
        .then(
          (value) => {
            if (!settled) this.#late = 0
            settle({ kind: 'answered', value })
          },
          () => settle({ kind: 'refused' }),
        )
        .finally(() => {
          this.#commands -= 1
        })
    })
  }

  #wasLate(connection: Connection): void {
    if (connection !== this.#connection) return
    this.#late += 1
    if (this.#late >= LATE_IN_A_ROW) this.#break(`${this.#late} commands in a row took longer than ${this.#options.timeoutMs} ms`)
  }

  async #connect(): Promise<void> {
    this.#cancelPause = undefined
    this.#turn('connecting', 'connecting')
    try {
      let opened: Connection | undefined
      opened = await openConnection(this.#options, (why) => {
        if (opened !== undefined && this.#connection === opened) this.#break(why)
      })
      if (this.#closed) return opened.drop()
      this.#connection = opened
      this.#late = 0
      this.#attempt = 0
      this.#turn('ready', 'it answers')
    } catch (error) {
      this.#break((error as Error).message)
    }
  }

  #break(why: string): void {
    this.#dropConnection()
    if (this.#closed) return
    this.#turn('broken', why)
    this.#cancelPause?.()
    this.#cancelPause = this.#options.clock.after(backoffMs(PAUSES, this.#attempt), () => void this.#connect())
    this.#attempt += 1
  }

  /** Forgotten first, since its end is told while it is dropped. */
  #dropConnection(): void {
    const connection = this.#connection
    this.#connection = undefined
    connection?.drop()
  }

  #turn(state: ValuesState, why: string): void {
    const before = this.#state
    this.#state = state
    if (before !== state) this.#options.onState(state, why)
  }
}

const NOTHING = new Uint8Array()

/** Rejects, with nothing left open, when it is not connected and answering in time. `onEnd` is told why it ended, if it does by itself. */
async function openConnection({ url, mostBytes, clock }: RedisOptions, onEnd: (why: string) => void): Promise<Connection> {
  const { createClient, RESP_TYPES } = await import('@redis/client')
  const client = createClient({
    url,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
  })
  const drop = () => {
    if (client.isOpen) client.destroy()
  }
  client.on('error', (error: Error) => {
    drop()
    onEnd(error.message)
  })
  client.on('end', () => onEnd('the connection ended'))
  let cancel = () => {}
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(CONNECT_MS, () => reject(new Error(`no answer to a first PING within ${CONNECT_MS / 1000} s`)))
  })
  try {
    await Promise.race([client.connect().then(() => client.ping()), late])
  } catch (error) {
    drop()
    throw error
  } finally {
    cancel()
  }
  return {
    read: async (key) => (await client.getRange(key, 0, mostBytes - 1)) ?? NOTHING,
    write: (key, { buffer, byteOffset, byteLength }, ttlMs) =>
      client.set(key, Buffer.from(buffer, byteOffset, byteLength), { expiration: { type: 'PX', value: Math.max(1, Math.round(ttlMs)) } }),
    drop,
  }
}
