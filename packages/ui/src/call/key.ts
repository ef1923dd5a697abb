/** The API key of this tab: kept until the tab is closed, never written where another site or a later visit finds it. */

const SLOT = 'slipway-key'

export function currentKey(): string | undefined {
  return sessionStorage.getItem(SLOT) ?? undefined
}

export function keepKey(key: string): void {
  if (key.trim() === '') sessionStorage.removeItem(SLOT)
  else sessionStorage.setItem(SLOT, key.trim())
}
