/** How many processes answer HTTP. */
import type { Machine } from '../../base/machine.ts'
import type { Config } from '../../config/schema.ts'

/** `auto`: what the replicas of one model leave of the CPUs, or half of them while how many those are is open, too. At least one. */
export function httpProcesses(
  { http, replicas }: { readonly http: Pick<Config['http'], 'workers'>; readonly replicas: Pick<Config['replicas'], 'count' | 'threads'> },
  { cpus }: Pick<Machine, 'cpus'>,
  platform: NodeJS.Platform = process.platform,
): number {
  if (http.workers !== 'auto') return http.workers
  if (!sharesPorts(platform)) return 1
  const taken = replicas.count === 'auto' ? Math.ceil(cpus / 2) : replicas.count * (replicas.threads === 'auto' ? 1 : replicas.threads)
  return Math.max(1, Math.floor(cpus - taken))
}

/** Only Linux divides the connections of one port evenly among processes that listen on it (SO_REUSEPORT). */
export const sharesPorts = (platform: NodeJS.Platform = process.platform): boolean => platform === 'linux'
