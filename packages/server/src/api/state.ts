/** GET /metrics and the plain health answers. */

import { errorJson, text } from '../http/respond.ts'
import type { Route } from '../http/route.ts'
import type { Metrics } from '../observe/metrics.ts'

export interface StateDeps {
  readonly metrics: Metrics
  /** Brings in what other processes have counted since they were last asked. */
  readonly collect?: () => Promise<void>
}

export function stateRoutes({ metrics, collect = () => Promise.resolve() }: StateDeps): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      access: 'admin',
      handle: async () => {
        await collect()
        return text(metrics.render(), 'text/plain; version=0.0.4; charset=utf-8')
      },
      problem: errorJson,
    },
  ]
}
