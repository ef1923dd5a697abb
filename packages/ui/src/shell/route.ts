/** Addresses inside the page. They follow the #, so the files can be served under any path without rewriting. */
import { useSyncExternalStore } from 'react'

export type Route = { readonly page: 'models' } | { readonly page: 'model' | 'api'; readonly name: string }

/** The route that a location's hash names; anything unknown is the list. */
export function parseRoute(hash: string): Route {
  const match = /^#?\/models\/([^/]+)(\/api)?\/?$/.exec(hash)
  if (match?.[1] === undefined) return { page: 'models' }
  try {
    return { page: match[2] === undefined ? 'model' : 'api', name: decodeURIComponent(match[1]) }
  } catch {
    return { page: 'models' }
  }
}

export const modelsHref = '#/models'
export const modelHref = (name: string): string => `#/models/${encodeURIComponent(name)}`

export const apiHref = (name: string): string => `${modelHref(name)}/api`

/** True when the address names no page: then a server with one model shows it at once. */
export const isBare = (hash: string): boolean => hash === '' || hash === '#' || hash === '#/'

/** The current hash; the component renders again when it changes. */
export function useHash(): string {
  return useSyncExternalStore(subscribe, () => location.hash)
}

function subscribe(onChange: () => void): () => void {
  addEventListener('hashchange', onChange)
  return () => removeEventListener('hashchange', onChange)
}
