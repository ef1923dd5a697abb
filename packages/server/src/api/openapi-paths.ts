/** The router's paths in OpenAPI's words: `:model` becomes `{model}`, routes of one path become one path item. */
import type { Route } from '../http/route.ts'

/** Routes that belong together: a dialect, or a part of the API. */
export interface RouteGroup {
  readonly name: string
  readonly routes: readonly Route[]
}

interface Parameter {
  readonly name: string
  readonly in: 'path'
  readonly required: true
  readonly schema: { readonly type: 'string'; readonly pattern?: string }
}

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, unknown>>
  /** Who may call: `public`, `infer` or `admin`. */
  readonly 'x-access'?: Route['access']
}

/** Operations by path and lower-case method. */
export type PathItems = Readonly<Record<string, Readonly<Record<string, Operation>>>>

export const ERROR_ANSWER = {
  description: 'What was wrong, in the shape of the dialect',
  content: { 'application/json': { schema: {} } },
} as const

/** One item for each path; an operation that several groups share has the tags of all. */
export function pathItems(groups: readonly RouteGroup[]): PathItems {
  const items = new Map<string, Map<string, Operation>>()
  // Templates that differ in the names of their parameters only are the same to OpenAPI: the first gives the names.
  const spelled = new Map<string, Template>()
  for (const { name, routes } of groups)
    for (const route of routes) {
      const own = template(route.path)
      const key = own.path.replace(/\{\w+\}/g, '{}')
      const known = spelled.get(key) ?? own
      spelled.set(key, known)
      const item = items.get(known.path) ?? new Map<string, Operation>()
      items.set(known.path, item)
      const method = route.method.toLowerCase()
      item.set(method, shared(item.get(method), operation(route, known, name)))
    }
  return Object.fromEntries(Array.from(items, ([path, item]) => [path, Object.fromEntries(item)]))
}

interface Template {
  readonly path: string
  readonly parameters: readonly Parameter[]
}

const PART = /::|:(\w+)(?:\(((?:[^()\\]|\\.)*)\))?|\*$/g

/** `/v1/models/:model([^:]+)::predict` is `/v1/models/{model}:predict`. */
export function template(routePath: string): Template {
  const parameters: Parameter[] = []
  const path = routePath.replace(PART, (part, named?: string, pattern?: string) => {
    if (part === '::') return ':'
    const name = named ?? 'rest'
    parameters.push({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', ...(pattern === undefined ? {} : { pattern: `^${pattern}$` }) },
    })
    return `{${name}}`
  })
  return { path, parameters }
}

function operation(route: Route, { path, parameters }: Template, tag: string): Operation {
  const sends = route.method === 'POST' || route.method === 'PUT'
  return {
    operationId: operationId(route.method, path),
    tags: [tag],
    'x-access': route.access,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(sends ? { requestBody: { content: { '*/*': { schema: {} } } } } : {}),
    responses: { 200: { description: 'The answer', content: { '*/*': { schema: {} } } }, default: ERROR_ANSWER },
  }
}

function shared(first: Operation | undefined, second: Operation): Operation {
  if (first === undefined) return second
  return { ...first, tags: [...new Set([...first.tags, ...second.tags])] }
}

/** A name that generated clients can make a function of; different for different paths. */
export function operationId(method: string, path: string): string {
  const words = path.replaceAll('_', '__').replaceAll(':', '_to_').replaceAll('/', '_')
  return `${method.toLowerCase()}${words.replace(/[^\w]/g, (sign) => (sign === '{' || sign === '}' ? '' : `_${sign.codePointAt(0)}_`))}`
}
