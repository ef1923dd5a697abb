/** The way of every HTTP request: guard, route, admission, body, handler; and back with its id and its problem told in the dialect's words. */
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../observe/logger.ts'
import { callerRequestId } from '../observe/trace.ts'
import { declaredLength, readBody } from './body.ts'
import type { Guard } from './guard.ts'
import { errorJson, toServeError } from './respond.ts'
import type { Call, Handle, HttpRequest, HttpResponse, Route } from './route.ts'
import type { Router } from './router.ts'

export interface HandleOptions {
  readonly router: Router
  readonly guard: Guard
  /** Takes octets of the budget for bodies in flight; the answer gives them back. */
  readonly admit: (bytes: number) => () => void
  readonly nextRequestId: () => string
  readonly clock: Clock
  readonly logger: Logger
  readonly bodyLimitBytes: number
  /** What a caller waits at most (ms). */
  readonly deadlineMs: number
}

/** A body that does not say its length is taken for this much of the budget until it has been read; then for what it is, unpacked. */
const UNDECLARED_BYTES = 64 * 1024

export function createHandle(options: HandleOptions): Handle {
  const { logger, nextRequestId } = options
  return async (request) => {
    const requestId = callerRequestId(request.header('x-request-id')) ?? nextRequestId()
    const found: { route?: Route } = {}
    let response: HttpResponse
    try {
      response = await answer(options, request, requestId, found)
    } catch (thrown) {
      const error = toServeError(thrown)
      if (error.code === 'INTERNAL') logger.error({ requestId, error: thrown }, 'a request failed')
      const route = found.route ?? options.router.neighbour(pathOf(request.target))
      response = (route?.problem ?? errorJson)(error)
      if (error.code === 'METHOD_NOT_ALLOWED') response = withAllow(response, options.router, request)
    }
    return { status: response.status, headers: { ...response.headers, 'x-request-id': requestId }, body: response.body }
  }
}

/** RFC 9110 §15.5.6: a 405 names the methods that the path takes. */
function withAllow(response: HttpResponse, router: Router, { method, target }: HttpRequest): HttpResponse {
  // A route may refuse its own method, to say what to send instead.
  const refused = method === 'GET' || method === 'HEAD' ? ['GET', 'HEAD'] : [method]
  const allowed = router.allowed(pathOf(target)).filter((other) => !refused.includes(other))
  return { ...response, headers: { ...response.headers, allow: allowed.join(', ') } }
}

function pathOf(target: string): string {
  const mark = target.indexOf('?')
  return mark < 0 ? target : target.slice(0, mark)
}

async function answer(options: HandleOptions, request: HttpRequest, requestId: string, found: { route?: Route }): Promise<HttpResponse> {
  const { router, guard, admit, clock, bodyLimitBytes } = options
  const startedAt = clock.monotonic()
  const path = pathOf(request.target)
  guard(request.header('host'), request.header('origin'))
  const { route, choose, params } = router.find(request.method, path)
  found.route = route
  const declared = route.method === 'GET' ? 0 : (declaredLength(request, bodyLimitBytes) ?? UNDECLARED_BYTES)
  let leave = route.method === 'GET' ? undefined : admit(declared)
  try {
    const body = route.method === 'GET' ? NO_BODY : await readBody(request, bodyLimitBytes)
    if (body.byteLength > declared) {
      leave?.()
      leave = undefined
      leave = admit(body.byteLength)
    }
    const call: Call = {
      requestId,
      params,
      query: path === request.target ? NO_QUERY : new URLSearchParams(request.target.slice(path.length + 1)),
      method: request.method,
      header: request.header,
      body,
      signal: request.signal,
      deadline: startedAt + deadlineOf(request, options.deadlineMs),
    }
    found.route = choose(call)
    const response = await found.route.handle(call)
    if (isDone(found.route, response)) request.letGo?.()
    return response
  } finally {
    leave?.()
  }
}

/**
 * An answer with outputs means that a worker has read the inputs to their end. Any other may leave them under way: a caller is told of a
 * deadline while the frame still travels.
 */
const isDone = (route: Route, { status, body }: HttpResponse): boolean =>
  route.access === 'infer' && status === 200 && (typeof body === 'string' || body instanceof Uint8Array)

const NO_QUERY = new URLSearchParams()
const NO_BODY = new Uint8Array()

/** A caller may ask for less time than the server allows, never for more. */
function deadlineOf(request: HttpRequest, mostMs: number): number {
  const asked = request.header('x-slipway-deadline-ms')
  if (asked === undefined) return mostMs
  if (!/^\d{1,9}$/.test(asked)) throw new ServeError('INVALID_ARGUMENT', 'x-slipway-deadline-ms must be a whole number of milliseconds')
  return Math.min(mostMs, Number(asked))
}
