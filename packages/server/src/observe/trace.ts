/** Who asked, as headers tell it: W3C trace context and request ids. Source: https://www.w3.org/TR/trace-context/ */
import { randomBytes } from 'node:crypto'

export interface TraceParent {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits: the caller's span, or ours. */
  readonly spanId: string
  readonly sampled: boolean
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** The caller's trace, or undefined for anything that the specification says to ignore: a broken header never fails a request. */
export function parseTraceparent(header: string | undefined): TraceParent | undefined {
  if (header === undefined || header.length > 256) return undefined
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(header.trim()) ?? []
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  if (version === '00' && rest !== undefined) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export function formatTraceparent(trace: TraceParent): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`
}

/** A span of ours below the caller's trace; without one, a trace of its own that is not sampled. */
export function childTrace(parent: TraceParent | undefined): TraceParent {
  const spanId = randomBytes(8).toString('hex')
  if (parent === undefined) return { traceId: randomBytes(16).toString('hex'), spanId, sampled: false }
  return { ...parent, spanId }
}

const MAX_REQUEST_ID = 128
const PRINTABLE = /^[\x21-\x7e]+$/

/** A source of ids that no other process gives: 60 random bits and a counter, in base 36. */
export function createRequestIds(): () => string {
  const prefix = BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(13, '0')
    .slice(-12)
  let count = 0
  return () => {
    count += 1
    return `${prefix}-${count.toString(36)}`
  }
}

/** The caller's own request id when it is printable ASCII of at most 128 characters without spaces; else undefined, so that it is replaced. */
export function callerRequestId(header: string | undefined): string | undefined {
  if (header === undefined || header.length > MAX_REQUEST_ID || !PRINTABLE.test(header)) return undefined
  return header
}
