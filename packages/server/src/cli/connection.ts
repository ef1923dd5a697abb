/** A running server, as commands talk to it. */
import { Slipway, SlipwayError } from '@slipway/client'
import { CommandError, EXIT, type ExitCode } from './exit.ts'

/** Asks the server nothing yet. An address that is none is a matter of usage. */
export function connect(base: URL | string): Slipway {
  try {
    return new Slipway(base)
  } catch (error) {
    throw new CommandError(EXIT.usage, (error as Error).message, { cause: error })
  }
}

const EXITS: Readonly<Record<string, ExitCode>> = { INVALID_ARGUMENT: EXIT.usage, NOT_FOUND: EXIT.notFound, ALREADY_EXISTS: EXIT.conflict }

/** The client's answer, or its error as one of the command line. */
export async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (SlipwayError.is(error)) throw new CommandError(EXITS[error.code] ?? EXIT.remote, error.message, { cause: error })
    throw error
  }
}
