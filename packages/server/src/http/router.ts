/** Finds the route of a method and a path. Built once, from all routes; a path that two of them have without a rule between them is an error at start. */

import { quoted, ServeError } from '@slipway/protocol'
import createTree from 'find-my-way'
import type { Call, Route } from './route.ts'

export interface Found {
  /** The only one of this path, or the one that takes what no other claims. */
  readonly route: Route
  /** Whose call it is, once it has been read. */
  choose(call: Call): Route
  readonly params: Readonly<Record<string, string | undefined>>
}

export interface Router {
  /** Throws NOT_FOUND, or METHOD_NOT_ALLOWED when the path is known with another method. */
  find(method: string, path: string): Found
  /** The methods that a path takes, as the header Allow says them. */
  allowed(path: string): readonly string[]
  /** A route of this path by whatever method, to tell in its words what is wrong with another; undefined where there is none. */
  neighbour(path: string): Route | undefined
}

type Method = Route['method']
const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE']

export function createRouter(routes: readonly Route[]): Router {
  const tree = createTree({ caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 512 })
  for (const shared of byPath(routes)) tree.on(shared.route.method, shared.route.path, () => undefined, shared)
  const lookup = (method: Method, path: string): Found | undefined => {
    // The tree reads `*` (OPTIONS * HTTP/1.1) as its root.
    if (path.startsWith('*')) return undefined
    const found = tree.find(method, path)
    if (found === null) return undefined
    const shared = found.store as Shared
    return shared.route.exists?.(found.params) === false ? undefined : { ...shared, params: found.params }
  }
  const takenBy = (path: string) => METHODS.filter((method) => lookup(method, path) !== undefined)
  return {
    allowed: (path) => takenBy(path).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    neighbour: (path) => {
      const [method] = takenBy(path)
      return method === undefined ? undefined : lookup(method, path)?.route
    },
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

type Shared = Omit<Found, 'params'>

/** One entry for each method and path. */
function byPath(routes: readonly Route[]): readonly Shared[] {
  const groups = new Map<string, Route[]>()
  for (const route of routes) {
    const key = `${route.method} ${route.path}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [route])
    else group.push(route)
  }
  return Array.from(groups, ([key, group]) => sharedBy(key, group))
}

function sharedBy(key: string, group: readonly Route[]): Shared {
  const claiming = group.filter(({ claims }) => claims !== undefined)
  const [rest, second] = group.filter(({ claims }) => claims === undefined)
  if (second !== undefined) throw new Error(`${key} is there twice, and nothing says which route takes which call`)
  const route = rest ?? (group.at(-1) as Route)
  if (claiming.length === 0) return { route, choose: () => route }
  return { route, choose: (call) => claiming.find((one) => one.claims?.(call) === true) ?? route }
}
