/** What tests of a worker ask of its answers. */
import assert from 'node:assert/strict'
import { type Frame, KIND } from '../../src/replicas/frames.ts'
import { type RawConnection, small, tensorsOf } from './raw-worker.ts'

/** Nothing may hang: what takes longer has failed. */
export const LIMIT = { timeout: 20_000 } as const

interface Said {
  readonly code: string
  readonly message: string
}

export const headerOf = (frame: Frame | undefined) => frame?.header as Readonly<Record<string, unknown>>

export const firstOf = (frame: Frame | undefined) => tensorsOf(frame).get('x')?.data[0]

export function errorOf(frame: Frame | undefined, id: number): Said {
  assert.equal(frame?.kind, KIND.error, JSON.stringify(frame?.header))
  assert.equal(frame?.id, id)
  return frame?.header as Said
}

/** The model still answers on this connection. */
export async function answers(connection: RawConnection): Promise<void> {
  connection.run(999, small(7))
  const frame = await connection.next()
  assert.equal(frame?.id, 999)
  assert.equal(firstOf(frame), 7)
}
