/** What every refusal of the codec must be: INVALID_ARGUMENT, saying what was wanted, within bounds. */
import assert from 'node:assert/strict'
import { ServeError } from '../../src/errors.ts'

/** Runs what must be refused; the message must match, and keep to 4 KB. Returns the message. */
export function refused(run: () => unknown, message: RegExp): string {
  let thrown: unknown
  try {
    run()
  } catch (error) {
    thrown = error
  }
  assert.ok(thrown instanceof ServeError, `expected a refusal matching ${message}, got ${thrown === undefined ? 'none' : String(thrown)}`)
  assert.equal(thrown.code, 'INVALID_ARGUMENT')
  assert.match(thrown.message, message)
  assert.ok(thrown.message.length < 4096, `a message of ${thrown.message.length} characters`)
  return thrown.message
}

export const octets = (text: string): Uint8Array => new TextEncoder().encode(text)
