/** The way of every HTTP request: guard, route, admission, body, handler; and back with its id and its problem told in the dialect's words. */
import { ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../observe/logger.ts'
import { callerRequestId } from '../observe/trace.ts'
import { declaredLength, readBody } from './body.ts'
import type { Guard } from './guard.ts'
import { errorJson, toServeError } from './respond.ts'
import type { Handle, HttpRequest, HttpResponse, Route } from './route.ts'
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

/** A body that does not say its length is taken for this much of the budget until it has been read. */
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
      response = (found.route?.problem ?? errorJson)(error)
    }
    return { ...response, headers: { ...response.headers, 'x-request-id': requestId } }
  }
}

async function answer(options: HandleOptions, request: HttpRequest, requestId: string, found: { route?: Route }): Promise<HttpResponse> {
  const { router, guard, admit, clock, bodyLimitBytes } = options
  const startedAt = clock.monotonic()
  const mark = request.target.indexOf('?')
  const path = mark < 0 ? request.target : request.target.slice(0, mark)
  guard(request.header('host'), request.header('origin'))
  const { route, params } = router.find(request.method, path)
  found.route = route
  const leave = route.method === 'GET' ? undefined : admit(declaredLength(request, bodyLimitBytes) ?? UNDECLARED_BYTES)
  try {
    return await route.handle({
      requestId,
      params,
      query: mark < 0 ? NO_QUERY : new URLSearchParams(request.target.slice(mark + 1)),
      method: request.method,
      header: request.header,
      body: route.method === 'GET' ? NO_BODY : await readBody(request, bodyLimitBytes),
      signal: request.signal,
      deadline: startedAt + deadlineOf(request, options.deadlineMs),
    })
  } finally {
    leave?.()
  }
}

const NO_QUERY = new URLSearchParams()
const NO_BODY = new Uint8Array()

/** A caller may ask for less time than the server allows, never for more. */
function deadlineOf(request: HttpRequest, mostMs: number): number {
  const asked = request.header('x-slipway-deadline-ms')
  if (asked === undefined) return mostMs
  if (!/^\d{1,9}$/.test(asked)) throw new ServeError('INVALID_ARGUMENT', 'x-slipway-deadline-ms must be a whole number of milliseconds')
  return Math.min(mostMs, Number(asked))
}
