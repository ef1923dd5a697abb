/** Answers that several servers share through a store of values. Whatever is wrong with the store, or with what it holds, is a miss. */
import type { Clock } from '../../base/clock.ts'
import type { SharedResult } from '../../observe/cache-metrics.ts'
import type { ValueStore, ValuesState } from '../../stores/values/values.ts'
import type { Answer } from './answer.ts'
import { decodeAnswer, encodeAnswer, encodedLength } from './value.ts'

export interface SharedAnswers {
  readonly state: ValuesState
  /** Never rejects. `leftMs` is how long the answer may still be given. */
  get(key: string, limitMs: number): Promise<{ readonly result: SharedResult; readonly answer?: Answer; readonly leftMs: number }>
  set(key: string, answer: Answer, ttlMs: number): void
}

/** A larger answer stays in this process. */
export const MOST_SHARED_BYTES = 1 << 20

export interface SharedOptions {
  readonly values: ValueStore
  readonly clock: Pick<Clock, 'now'>
  /** Of every key: what a server of another version computed is not taken for this one's. */
  readonly prefix: string
}

export function createSharedAnswers({ values, clock, prefix }: SharedOptions): SharedAnswers {
  return {
    get state() {
      return values.state
    },
    get: async (key, limitMs) => {
      const found = await values.get(prefix + key, limitMs)
      if (found.kind !== 'hit') return { result: found.kind, leftMs: 0 }
      const stored = decodeAnswer(key, found.bytes)
      if (stored === undefined) return { result: 'error', leftMs: 0 }
      const leftMs = stored.expires - clock.now()
      return leftMs > 0 ? { result: 'hit', answer: stored.answer, leftMs } : { result: 'miss', leftMs: 0 }
    },
    set: (key, answer, ttlMs) => {
      if (encodedLength(answer) > MOST_SHARED_BYTES) return
      values.set(prefix + key, encodeAnswer(key, { answer, expires: clock.now() + ttlMs }), ttlMs)
    },
  }
}
