/** What is in force for one model: the server's settings, and over them those of the model's manifest. */
import type { Config } from '../config/schema.ts'
import type { Manifest } from './manifest-schema.ts'

export interface ModelSettings {
  /** Without `inFlightBytes`, which bounds all models together. */
  readonly limits: Omit<Config['limits'], 'inFlightBytes'>
  readonly batching: Config['batching']
  /** Without `planFolder`, where plans of all models are kept. */
  readonly replicas: Omit<Config['replicas'], 'planFolder'>
}

export function settingsFor(config: Pick<Config, 'limits' | 'batching' | 'replicas'>, manifest: Manifest): ModelSettings {
  const { inFlightBytes: _, ...limits } = config.limits
  const { planFolder: __, ...replicas } = config.replicas
  return {
    limits: { ...limits, ...manifest.limits },
    batching: { ...config.batching, ...manifest.batching },
    replicas: { ...replicas, ...manifest.replicas },
  }
}
