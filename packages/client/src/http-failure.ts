/** Reads what went wrong out of an HTTP answer, whoever wrote it: Slipway, another V2 server, or a proxy's HTML page. */
import { isErrorCode } from '@slipway/protocol'
import type { Clock } from './clock.ts'
import { codeOfStatus, SlipwayError } from './slipway-error.ts'

/** One HTTP answer, read to its end. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

const MOST_TEXT = 300

/** The error that a reply outside 200–299 means. `what` names the call, such as `POST http://host/v2/models/digits/infer`. */
export function failureOf(reply: Reply, what: string, clock: Clock): SlipwayError {
  const text = new TextDecoder().decode(reply.body.subarray(0, 16 * 1024))
  const said = parseError(text)
  return new SlipwayError(said.code ?? codeOfStatus(reply.status), said.message ?? `${what} answered ${reply.status}${excerpt(text)}`, {
    status: reply.status,
    requestId: reply.headers.get('x-request-id') ?? undefined,
    retryAfterMs: parseRetryAfter(reply.headers.get('retry-after'), clock.now()),
  })
}

/** `{"error": "…"}`, with a code beside it or not; nothing of it when the text is something else. */
function parseError(text: string): { message?: string; code?: ReturnType<typeof codeOfStatus> } {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return {}
  }
  if (typeof body !== 'object' || body === null) return {}
  const { error, code } = body as { error?: unknown; code?: unknown }
  return {
    ...(typeof error === 'string' && error !== '' ? { message: error } : {}),
    ...(isErrorCode(code) ? { code } : {}),
  }
}

function excerpt(text: string): string {
  const plain = text
    .replace(/<[^<>]{0,500}>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  if (plain === '') return ' with an empty body'
  return `: ${plain.length <= MOST_TEXT ? plain : `${plain.slice(0, MOST_TEXT)}…`}`
}

/** Milliseconds from now that a `Retry-After` header asks for (RFC 9110 §10.2.3: seconds or a date); undefined when it says neither. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  const text = value.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000
  // Date.parse reads bare and signed numbers as years.
  const date = /^[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
