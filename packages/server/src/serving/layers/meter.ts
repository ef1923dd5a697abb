/** Counts every answer and every refusal of a revision, with the phases of each. */
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../../base/clock.ts'
import type { ModelMetrics } from '../../observe/model-metrics.ts'
import type { Layer } from '../infer.ts'

export function meter(metrics: ModelMetrics, clock: Pick<Clock, 'monotonic'>): Layer {
  return (next) => async (request, context) => {
    const startedAt = clock.monotonic()
    try {
      const response = await next(request, context)
      response.phases.decode = context.decodeMs
      metrics.answered(response.phases, response.rows, context.dialect)
      return response
    } catch (error) {
      const code = error instanceof ServeError ? error.code : 'INTERNAL'
      metrics.failed(code, context.dialect, context.decodeMs + clock.monotonic() - startedAt)
      throw error
    }
  }
}
