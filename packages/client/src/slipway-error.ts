/** The one error that this package throws. */
import { ERROR_CODES, type ErrorCode, isErrorCode, ServeError } from '@slipway/protocol'

/** The protocol's codes, and two that only a caller sees: `NETWORK` (no answer came through) and `ABORTED` (the caller's own signal). */
export type SlipwayErrorCode = ErrorCode | 'NETWORK' | 'ABORTED'

/** What is known of a failed call beside its code and message. */
export interface SlipwayErrorDetails {
  /** HTTP status of the answer; absent when none came or none was asked for. */
  readonly status?: number | undefined
  /** `x-request-id` of the answer: what the server's log calls this request. */
  readonly requestId?: string | undefined
  /** Milliseconds that the server asked to wait (`Retry-After`). */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/** A failed call. `code` says what kind of failure it is; the message says what, which and what to do. */
export class SlipwayError<Code extends SlipwayErrorCode = SlipwayErrorCode> extends Error {
  readonly code: Code
  readonly status: number | undefined
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: Code, message: string, details: SlipwayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'SlipwayError'
    this.code = code
    this.status = details.status
    this.requestId = details.requestId
    this.retryAfterMs = details.retryAfterMs
  }

  /** True if the same call may succeed when it is made again unchanged. */
  get retryable(): boolean {
    const code: SlipwayErrorCode = this.code
    return code === 'NETWORK' || (code !== 'ABORTED' && ERROR_CODES[code].retryable)
  }

  /** True for an error of this package with one of `codes` (any, when none is given); narrows `code` to them. */
  static is<Code extends SlipwayErrorCode = SlipwayErrorCode>(error: unknown, ...codes: readonly Code[]): error is SlipwayError<Code> {
    if (!(error instanceof SlipwayError)) return false
    const wanted: readonly string[] = codes
    return codes.length === 0 || wanted.includes(error.code)
  }
}

/** A refusal by the protocol's own checks as this package's error; anything else is passed on as it is. */
export function asSlipwayError(error: unknown): unknown {
  return error instanceof ServeError ? new SlipwayError(error.code, error.message, { cause: error }) : error
}

const CODE_OF_STATUS: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  ...Object.entries(ERROR_CODES).flatMap(([code, kind]): [number, ErrorCode][] => (isErrorCode(code) ? [[kind.http, code]] : [])),
  [408, 'DEADLINE_EXCEEDED'],
  // What a proxy answers when the server behind it did not.
  [502, 'UNAVAILABLE'],
])

/** The code of an HTTP status, also of one that no Slipway server sends. */
export function codeOfStatus(status: number): ErrorCode {
  return CODE_OF_STATUS.get(status) ?? (status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT')
}
