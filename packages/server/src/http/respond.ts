/** The few shapes of answers that routes give. */
import { type ErrorCode, ServeError } from '@slipway/protocol'
import type { HttpResponse } from './route.ts'

const JSON_TYPE = 'application/json'

export function json(value: unknown, status = 200): HttpResponse {
  return { status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(value) }
}

export function text(body: string, contentType = 'text/plain; charset=utf-8', status = 200): HttpResponse {
  return { status, headers: { 'content-type': contentType }, body }
}

/** Longest error text: the whole answer stays below 4 KB. */
const LONGEST_MESSAGE = 2000

/** `{"error": "…"}`: V2's shape and the admin API's. */
export function errorJson(error: ServeError): HttpResponse {
  const message = error.message.length > LONGEST_MESSAGE ? `${error.message.slice(0, LONGEST_MESSAGE)}…` : error.message
  return { ...json({ error: message }, error.status), headers: { 'content-type': JSON_TYPE, ...retryAfter(error.code) } }
}

/** Seconds after which a refused caller may try again; the finest that the header can say. */
function retryAfter(code: ErrorCode): Readonly<Record<string, string>> {
  return code === 'UNAVAILABLE' || code === 'RESOURCE_EXHAUSTED' ? { 'retry-after': '1' } : {}
}

/** Anything thrown, as an error of the table. What is not ours is INTERNAL, and its text stays here. */
export function toServeError(error: unknown): ServeError {
  if (error instanceof ServeError) return error
  return new ServeError('INTERNAL', 'the server failed on this request; its log has the reason under the request id', { cause: error })
}
