/** What every dialect promises, whatever its shape: through the real router and handle, without a socket. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, ServeError } from '@slipway/protocol'
import type { Dialect, DialectDeps } from '../../src/dialects/dialect.ts'
import { createGuard } from '../../src/http/guard.ts'
import { createHandle } from '../../src/http/handle.ts'
import type { HttpResponse } from '../../src/http/route.ts'
import { createRouter } from '../../src/http/router.ts'
import type { Logger } from '../../src/observe/logger.ts'
import { fakeClock } from '../support/clock.ts'
import { type FakeRequest, fakeRequest } from '../support/http.ts'
import { type FakeModel, failing, fakeDataPlane } from '../support/revision.ts'

/** A POST to the dialect, and what must come back. `answer` is compared with the parsed JSON body, or is a check of its own. */
export interface GoodSample {
  readonly name: string
  readonly request: FakeRequest
  readonly answer: unknown | ((response: HttpResponse) => void)
}

export interface BadSample {
  readonly name: string
  readonly request: FakeRequest
  readonly status: number
  /** What the text must say. */
  readonly says?: RegExp
}

export interface DialectSamples {
  /** At least two distinct rows between them. */
  readonly good: readonly GoodSample[]
  readonly bad: readonly BadSample[]
  /** The text of an error body; asserts the dialect's own shape on the way. */
  errorText(response: HttpResponse): string
  /** The dialect's status for codes where it is not V2's. */
  readonly statuses?: Readonly<Partial<Record<ErrorCode, number>>>
}

export interface DialectSetUp {
  readonly models: readonly FakeModel[]
  create(deps: DialectDeps): Dialect
}

export type Ask = (request: FakeRequest) => Promise<HttpResponse>

/** `handle` with this dialect's routes alone. */
export function asker({ models, create }: DialectSetUp): Ask {
  const clock = fakeClock()
  const handle = createHandle({
    router: createRouter(create({ dataPlane: fakeDataPlane(...models), clock }).routes),
    guard: createGuard({ checkHost: true, allowedHosts: [] }),
    admit: () => () => undefined,
    nextRequestId: () => 'id-1',
    clock,
    logger: { error: () => undefined } as unknown as Logger,
    bodyLimitBytes: 1 << 20,
    deadlineMs: 1000,
  })
  return (request) => handle(fakeRequest({ method: 'POST', ...request }))
}

export const bodyText = (response: HttpResponse): string => Buffer.from(response.body as Uint8Array).toString('utf8')

function checkError(response: HttpResponse, samples: DialectSamples): string {
  const bytes = Buffer.from(response.body as Uint8Array)
  assert.ok(bytes.byteLength <= 4096, `an error of ${bytes.byteLength} octets`)
  const text = samples.errorText(response)
  assert.ok(text.length > 0)
  assert.doesNotMatch(text, /node_modules|\n\s+at |\/src\//)
  return text
}

const FAILURES = [
  ['INVALID_ARGUMENT', 400],
  ['UNAVAILABLE', 503],
  ['DEADLINE_EXCEEDED', 504],
  ['INTERNAL', 500],
] as const satisfies readonly (readonly [ErrorCode, number])[]

export function testDialect(name: string, setUp: DialectSetUp, samples: DialectSamples): void {
  for (const { name: what, request, answer } of samples.good) {
    test(`${name}: ${what}`, async () => {
      const response = await asker(setUp)(request)
      assert.equal(response.status, 200, bodyText(response))
      if (typeof answer === 'function') (answer as (response: HttpResponse) => void)(response)
      else assert.deepEqual(JSON.parse(bodyText(response)), answer)
      assert.match(response.headers['server-timing'] ?? '', /decode;dur=[\d.]+.*infer;dur=[\d.]+;desc="rows=\d+ of \d+".*encode;dur=/)
      assert.match(response.headers['x-slipway-model'] ?? '', /^[\w.-]+@\d+$/)
      assert.equal(response.headers['x-request-id'], 'id-1')
    })
  }

  for (const { name: what, request, status, says } of samples.bad) {
    test(`${name}: ${what} is refused in its own words`, async () => {
      const response = await asker(setUp)(request)
      assert.equal(response.status, status, bodyText(response))
      const text = checkError(response, samples)
      if (says !== undefined) assert.match(text, says)
    })
  }

  const [first] = samples.good
  for (const [code, usual] of FAILURES) {
    test(`${name}: ${code} of the model is told in the dialect's shape and status`, async () => {
      const models = setUp.models.map((model) => ({ ...model, infer: failing(new ServeError(code, 'the reason why')) }))
      const response = await asker({ ...setUp, models })((first as GoodSample).request)
      assert.equal(response.status, samples.statuses?.[code] ?? usual)
      assert.match(checkError(response, samples), /the reason why/)
    })
  }

  test(`${name}: a body cut anywhere is answered, and never with 5xx`, async () => {
    const ask = asker(setUp)
    const { request } = first as GoodSample
    const body = Buffer.from(request.body as Uint8Array)
    for (let length = 0; length < body.byteLength; length++) {
      const response = await ask({ ...request, body: body.subarray(0, length) })
      assert.ok(response.status < 500, `${length} octets: ${response.status}`)
      if (response.status >= 400) checkError(response, samples)
    }
  })
}
