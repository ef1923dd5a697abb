/** Requests whose routes are the supervisor's alone, such as the admin API and /metrics: carried there and back, so that any process tells the whole truth. */
import type { Channel } from '../../base/channel.ts'
import { readBody } from '../../http/body.ts'
import { errorJson, toServeError } from '../../http/respond.ts'
import type { Handle, HttpRequest, HttpResponse, Route } from '../../http/route.ts'
import { createRouter, type Router } from '../../http/router.ts'
import type { Answered, Relayed } from './messages.ts'

/** The headers that the supervisor's routes and its guard look at. */
const HEADERS = [
  'host',
  'origin',
  'accept',
  'content-type',
  'authorization',
  'x-request-id',
  'x-slipway-deadline-ms',
  'x-slipway-version',
  'traceparent',
]

export interface RelayOptions {
  readonly channel: Pick<Channel, 'ask'>
  /** What this process answers itself. */
  readonly own: readonly Route[]
  /** What the supervisor answers. */
  readonly all: readonly Pick<Route, 'method' | 'path'>[]
  readonly bodyLimitBytes: number
  readonly admit: (bytes: number) => () => void
}

export function relaying(options: RelayOptions): (handle: Handle) => Handle {
  const mine = new Set(options.own.map(({ method, path }) => `${method} ${path}`))
  const others = new Map(options.all.map((route) => [`${route.method} ${route.path}`, route]))
  const theirs = [...others].filter(([key]) => !mine.has(key)).map(([, route]) => relayed(route))
  const router = createRouter([...options.own, ...theirs])
  const isTheirs = new Set(theirs)
  return (handle) => (request) => (goesOn(router, isTheirs, request) ? relay(options, request) : handle(request))
}

/** A path or method that is unknown is refused there, in the words of all routes. */
function goesOn(router: Router, theirs: ReadonlySet<Route>, { method, target }: HttpRequest): boolean {
  const mark = target.indexOf('?')
  try {
    return theirs.has(router.find(method, mark < 0 ? target : target.slice(0, mark)).route)
  } catch {
    return true
  }
}

function relayed({ method, path }: Pick<Route, 'method' | 'path'>): Route {
  return { method, path, access: 'admin', handle: () => Promise.reject(new Error('this route is the supervisor’s')), problem: errorJson }
}

async function relay({ channel, bodyLimitBytes, admit }: RelayOptions, request: HttpRequest): Promise<HttpResponse> {
  let leave: (() => void) | undefined
  try {
    const body = request.method === 'GET' || request.method === 'HEAD' ? new Uint8Array() : await readBody(request, bodyLimitBytes)
    leave = admit(body.byteLength)
    const headers = Object.fromEntries(
      HEADERS.flatMap((name) => (request.header(name) === undefined ? [] : [[name, request.header(name) as string]])),
    )
    return (await channel.ask('relay', { method: request.method, target: request.target, headers, body } satisfies Relayed)) as Answered
  } catch (error) {
    return errorJson(toServeError(error))
  } finally {
    leave?.()
  }
}

/** What was relayed, as the supervisor's handle takes it. */
export async function answerRelayed(handle: Handle, { method, target, headers, body }: Relayed): Promise<Answered> {
  const request: HttpRequest = {
    method,
    target,
    header: (name) => headers[name],
    read: () => Promise.resolve(body),
    signal: { aborted: false },
  }
  const response = await handle(request)
  if (typeof response.body === 'string' || response.body instanceof Uint8Array) return { ...response, body: response.body }
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body) chunks.push(chunk)
  return { ...response, body: Buffer.concat(chunks) }
}
