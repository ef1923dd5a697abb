/** Every error Slipway tells a caller, in gRPC's canonical words. Each transport maps the code at its own face. */
export interface ErrorKind {
  /** HTTP status of the V2 dialect; others may differ. */
  readonly http: number
  /** Number of the code in gRPC. */
  readonly grpc: number
  /** True if the same request may be sent again unchanged: nothing was decided about it. */
  readonly retryable: boolean
}

export const ERROR_CODES = {
  INVALID_ARGUMENT: { http: 400, grpc: 3, retryable: false },
  UNAUTHENTICATED: { http: 401, grpc: 16, retryable: false },
  PERMISSION_DENIED: { http: 403, grpc: 7, retryable: false },
  NOT_FOUND: { http: 404, grpc: 5, retryable: false },
  METHOD_NOT_ALLOWED: { http: 405, grpc: 12, retryable: false },
  NOT_ACCEPTABLE: { http: 406, grpc: 3, retryable: false },
  ALREADY_EXISTS: { http: 409, grpc: 6, retryable: false },
  PAYLOAD_TOO_LARGE: { http: 413, grpc: 8, retryable: false },
  UNSUPPORTED_MEDIA_TYPE: { http: 415, grpc: 3, retryable: false },
  FAILED_PRECONDITION: { http: 422, grpc: 9, retryable: false },
  RESOURCE_EXHAUSTED: { http: 429, grpc: 8, retryable: true },
  CANCELLED: { http: 499, grpc: 1, retryable: false },
  INTERNAL: { http: 500, grpc: 13, retryable: false },
  UNIMPLEMENTED: { http: 501, grpc: 12, retryable: false },
  UNAVAILABLE: { http: 503, grpc: 14, retryable: true },
  DEADLINE_EXCEEDED: { http: 504, grpc: 4, retryable: false },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof ERROR_CODES

/** An error with a code of the table and a message that says what, which and what to do; never a path, a stack or an address. */
export class ServeError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'ServeError'
    this.code = code
  }

  /** HTTP status of the V2 dialect. */
  get status(): number {
    return ERROR_CODES[this.code].http
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value)
}

const MAX_QUOTED = 80

/** A name or value from a caller, cut and cleaned so that it can stand inside an error message or a log line. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(typeof value === 'string' ? value : String(value))
  return text.length <= MAX_QUOTED ? text : `${text.slice(0, MAX_QUOTED)}…"`
}
