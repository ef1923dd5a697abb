/** Yes-or-no questions to a server: no answer is a no. */
import type { CallOptions } from './call-scope.ts'
import { SlipwayError } from './slipway-error.ts'
import type { Transport } from './transport.ts'

/** True for 200; false for "not ready", an unknown model, and a server that cannot be reached in time. Anything else, such as a refused key, throws. */
export async function ready(transport: Transport, path: string, options: CallOptions): Promise<boolean> {
  try {
    await transport.within(options, (scope) => transport.send({ method: 'GET', path, attempts: 1 }, scope))
    return true
  } catch (error) {
    // Other V2 servers say "not ready" with 400.
    if (SlipwayError.is(error, 'NETWORK', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'INVALID_ARGUMENT')) return false
    throw error
  }
}
