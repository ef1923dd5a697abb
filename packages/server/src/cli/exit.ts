/** How a command ends. */
import { type ErrorCode, ServeError } from '@slipway/protocol'

export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, conflict: 4, remote: 5 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends a command with one sentence that says what is wrong and what to do, and without a stack. */
export class CommandError extends Error {
  readonly exit: ExitCode

  constructor(exit: ExitCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'CommandError'
    this.exit = exit
  }
}

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = { NOT_FOUND: EXIT.notFound, ALREADY_EXISTS: EXIT.conflict }

/** The exit code that an error stands for; a ServeError that says nothing more precise is a failed check. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exit
  if (error instanceof ServeError) return BY_CODE[error.code] ?? EXIT.failed
  return EXIT.failed
}
