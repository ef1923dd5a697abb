/** Finds the route of a method and a path. Built once, from all routes; a path that two of them claim is an error at start. */

import { quoted, ServeError } from '@slipway/protocol'
import createTree from 'find-my-way'
import type { Route } from './route.ts'

export interface Found {
  readonly route: Route
  readonly params: Readonly<Record<string, string | undefined>>
}

export interface Router {
  /** Throws NOT_FOUND, or METHOD_NOT_ALLOWED when the path is known with another method. */
  find(method: string, path: string): Found
  /** The methods that a path takes, as the header Allow says them. */
  allowed(path: string): readonly string[]
}

type Method = Route['method']
const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE']

export function createRouter(routes: readonly Route[]): Router {
  const tree = createTree({ caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 512 })
  for (const route of routes) tree.on(route.method, route.path, () => undefined, route)
  const lookup = (method: Method, path: string): Found | undefined => {
    // The tree reads `*` (OPTIONS * HTTP/1.1) as its root.
    if (path.startsWith('*')) return undefined
    const found = tree.find(method, path)
    return found === null ? undefined : { route: found.store as Route, params: found.params }
  }
  const takenBy = (path: string) => METHODS.filter((method) => lookup(method, path) !== undefined)
  return {
    allowed: (path) => takenBy(path).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    find: (method, path) => {
      const asked = method === 'HEAD' ? 'GET' : method
      const found = METHODS.includes(asked as Method) ? lookup(asked as Method, path) : undefined
      if (found !== undefined) return found
      const others = takenBy(path)
      if (others.length > 0)
        throw new ServeError('METHOD_NOT_ALLOWED', `${quoted(method)} is not possible here; this path takes ${others.join(', ')}`)
      throw new ServeError(
        'NOT_FOUND',
        `there is no ${quoted(path)} here; GET /api/v1/models lists the models, and GET / in a browser shows them`,
      )
    },
  }
}
