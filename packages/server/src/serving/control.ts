/** The contract of turning models on and off by name while the server runs. `rollouts` implements it; dialects and the API are handed it. */
import type { VersionState } from '@slipway/protocol'

export interface ModelIndexEntry {
  readonly name: string
  /** Absent for a model of which no version was found. */
  readonly version?: string
  readonly state: VersionState | 'unloaded'
  /** Why it is not ready; a ready version may have one too, when its newer files do not open. */
  readonly reason?: string
}

export interface ModelControl {
  /** Every version that is loaded, or that was found and should be, by name and then by number. */
  index(): readonly ModelIndexEntry[]
  /**
   * Looks at the disk again and opens the model's versions; resolves once it answers. What is loaded already and has not changed stays.
   * `folder` names a package outside the served paths, which is known as `name` from then on until it is unloaded.
   * Rejects with NOT_FOUND for a name or folder without a model, ALREADY_EXISTS when the name belongs to another package,
   * INVALID_ARGUMENT when a version that should be loaded does not open; what answered before goes on then.
   */
  load(name: string, folder?: string): Promise<void>
  /**
   * Takes the model out of service until `load`, or until its files change; what was asked of it is still answered. Resolves once its replicas
   * are gone and their memory is free; does nothing for a model that is off already. Rejects with NOT_FOUND for a name that is not known.
   */
  unload(name: string): Promise<void>
}
