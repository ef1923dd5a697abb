/** The models of the repository with their states in Triton's words. Source: Triton's docs/protocol/extension_model_repository.md. */
import type { ModelControl, ModelIndexEntry } from '../../serving/control.ts'

export interface RepositoryEntry {
  readonly name: string
  readonly version?: string
  readonly state: 'READY' | 'LOADING' | 'UNLOADING' | 'UNAVAILABLE'
  readonly reason: string
}

const STATES = {
  ready: 'READY',
  loading: 'LOADING',
  draining: 'UNLOADING',
  failed: 'UNAVAILABLE',
  unloaded: 'UNAVAILABLE',
} as const satisfies Record<ModelIndexEntry['state'], RepositoryEntry['state']>

export function repositoryIndex(control: Pick<ModelControl, 'index'>, show: 'all' | 'ready'): readonly RepositoryEntry[] {
  return control
    .index()
    .filter(({ state }) => show === 'all' || state === 'ready')
    .map(({ name, version, state, reason = '' }) => ({
      name,
      ...(version === undefined ? {} : { version }),
      state: STATES[state],
      reason,
    }))
}
