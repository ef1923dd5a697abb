/** Counts every answer and every refusal of a revision, with the phases of each. */
import { ServeError } from '@slipway/protocol'
import type { ModelMetrics } from '../../observe/model-metrics.ts'
import type { Layer } from '../infer.ts'

export function meter(metrics: ModelMetrics): Layer {
  return (next) => async (request, context) => {
    try {
      const response = await next(request, context)
      response.phases.decode = context.decodeMs
      metrics.answered(response.phases, response.rows, context.dialect)
      return response
    } catch (error) {
      metrics.failed(error instanceof ServeError ? error.code : 'INTERNAL', context.dialect)
      throw error
    }
  }
}
