/** Where servers share kept answers. */
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/schema.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import { MOST_SHARED_BYTES } from '../serving/answers/shared.ts'
import { createValues } from '../stores/catalog.ts'
import type { ValueStore } from '../stores/values/values.ts'

export interface ValuesDeps {
  readonly config: Pick<Config, 'cache'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** The Redis of the settings. Its state is logged when it changes, without the password that its address may hold. */
export function composeValues({ config, clock, logger, metrics }: ValuesDeps): ValueStore | undefined {
  const { redis: url, redisTimeoutMs: timeoutMs } = config.cache
  if (url === undefined) return undefined
  const { host } = new URL(url)
  const values = createValues({
    url,
    timeoutMs,
    mostBytes: MOST_SHARED_BYTES,
    clock,
    onState: (state, why) => {
      if (state === 'ready') logger.info({ event: 'redis', redis: host }, 'Redis is asked for kept answers')
      if (state === 'broken')
        logger.warn({ event: 'redis', redis: host, why }, 'Redis is left aside for a while: answers are kept in this process alone')
    },
  })
  metrics
    .gauge({
      name: 'slipway_cache_redis_ready',
      help: '1 while Redis is asked for kept answers; 0 while it is connected to, or its breaker is open.',
    })
    .with({})
    .follow(() => (values.state === 'ready' ? 1 : 0))
  return values
}
