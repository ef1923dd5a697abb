/** What is in force for one model: the server's settings, and over them those of the model's manifest. */
import { ServeError } from '@slipway/protocol'
import type { Config } from '../config/schema.ts'
import type { Manifest } from './manifest-schema.ts'

export interface ModelSettings {
  /** Without `inFlightBytes`, which bounds all models together. */
  readonly limits: Omit<Config['limits'], 'inFlightBytes'>
  readonly batching: Config['batching'] & { readonly pad?: Readonly<Record<string, number>> }
  /** Without `planFolder`, where plans of all models are kept. */
  readonly replicas: Omit<Config['replicas'], 'planFolder'>
  /** What 99 of 100 requests should be answered within (ms); undefined where nobody said. */
  readonly targetP99Ms: number | undefined
  /** What happens to a version that answers its examples otherwise than they say. */
  readonly golden: Manifest['golden']
  readonly cache: Pick<Config['cache'], keyof Manifest['cache']>
}

export function settingsFor(
  config: Pick<Config, 'limits' | 'batching' | 'replicas' | 'cache' | 'targetP99Ms'>,
  manifest: Manifest,
): ModelSettings {
  const { inFlightBytes: _, ...limits } = config.limits
  const { planFolder: __, ...replicas } = config.replicas
  return {
    limits: { ...limits, ...manifest.limits },
    batching: { ...config.batching, ...manifest.batching },
    replicas: { ...replicas, ...manifest.replicas },
    targetP99Ms: manifest.targetP99Ms ?? config.targetP99Ms,
    golden: manifest.golden,
    cache: cacheFor(config.cache, manifest.cache),
  }
}

/** Throws INVALID_ARGUMENT where the manifest says how to keep answers that are not kept. */
function cacheFor({ maxBytes, ttlMs, force }: Config['cache'], own: Manifest['cache']): ModelSettings['cache'] {
  const cache = { maxBytes, ttlMs, force, ...own }
  const [idle] = Object.keys(own).filter((key) => key !== 'maxBytes')
  if (cache.maxBytes === 'off' && idle !== undefined)
    throw new ServeError('INVALID_ARGUMENT', `cache.${idle} has no effect without cache.maxBytes; set that too, or remove it`)
  return cache
}
