/** GET /metrics and the plain health answers. */

import { errorJson, text } from '../http/respond.ts'
import type { Route } from '../http/route.ts'
import type { Metrics } from '../observe/metrics.ts'

export function stateRoutes({ metrics }: { readonly metrics: Metrics }): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      access: 'admin',
      handle: () => text(metrics.render(), 'text/plain; version=0.0.4; charset=utf-8'),
      problem: errorJson,
    },
  ]
}
