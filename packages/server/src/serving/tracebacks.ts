/** What a model's own code said of its failure goes to the log with the requests that were in the run, and no further. */
import { ServeError } from '@slipway/protocol'
import type { Logger } from '../observe/logger.ts'
import { Traceback } from '../replicas/carrier.ts'
import type { Runner } from '../replicas/pool.ts'

export function withTracebacks(
  runner: Runner,
  about: { readonly model: string; readonly version: string },
  logger: Pick<Logger, 'warn'>,
): Runner {
  return {
    free: () => runner.free(),
    slots: () => runner.slots(),
    broken: () => runner.broken(),
    onFree: (listener) => runner.onFree(listener),
    run: (parts, requestIds) =>
      runner.run(parts, requestIds).catch((error: unknown) => {
        if (!(error instanceof ServeError && error.cause instanceof Traceback)) throw error
        const traceback = error.cause.message
        logger.warn({ event: 'prediction-failed', ...about, requestIds, traceback }, `a prediction failed: ${error.message}`)
        throw new ServeError(error.code, error.message)
      }),
  }
}
