/** The contract of small values that several servers share. What is lost is computed again: a failure is an answer here, never an error. */
export type Lookup = { readonly kind: 'hit'; readonly bytes: Uint8Array } | { readonly kind: 'miss' } | { readonly kind: 'error' }

export type ValuesState = 'ready' | 'connecting' | 'broken'

export interface ValueStore {
  readonly state: ValuesState
  /** Answers within `limitMs`, or within the store's own limit if that is less. */
  get(key: string, limitMs: number): Promise<Lookup>
  /** Keeps the value for `ttlMs` if it can; nobody waits for it. */
  set(key: string, bytes: Uint8Array, ttlMs: number): void
  close(): Promise<void>
}
