/** The contract of wire formats: each decodes to the neutral request, and encodes the neutral answer. They never meet each other. */
import type { InferRequest, InferResponse, Phases } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { DataPlane } from '../serving/data-plane.ts'
import type { CallContext } from '../serving/infer.ts'
import type { Revision } from '../serving/revision.ts'

export interface Dialect {
  readonly name: string
  readonly routes: readonly Route[]
}

export interface DialectDeps {
  readonly dataPlane: DataPlane
  readonly clock: Clock
}

/** Who asks, whatever the transport: a call of HTTP or of gRPC. */
export interface Caller {
  readonly requestId: string
  header(name: string): string | undefined
  readonly deadline: number
  readonly signal: { readonly aborted: boolean }
}

/** One inference of one dialect. `Decoded` is what encoding must know of the request, `Encoded` what the transport sends. */
export interface Exchange<Decoded, Encoded = HttpResponse> {
  readonly dialect: string
  readonly model: string
  readonly version: string | undefined
  decode(revision: Revision): { readonly request: InferRequest; readonly decoded: Decoded }
  encode(response: InferResponse, decoded: Decoded, revision: Revision): Encoded
}

/** Decodes, infers, encodes; measures each and says so in `server-timing`. */
export async function answerInference<Decoded>(deps: DialectDeps, call: Call, exchange: Exchange<Decoded>): Promise<HttpResponse> {
  const { encoded, facts } = await infer(deps, call, exchange)
  return { status: encoded.status, headers: { ...encoded.headers, ...facts }, body: encoded.body }
}

/** The same for any transport. `facts` are the headers or trailers that go with the answer. */
export async function infer<Decoded, Encoded>(
  { dataPlane, clock }: DialectDeps,
  call: Caller,
  exchange: Exchange<Decoded, Encoded>,
): Promise<{ readonly encoded: Encoded; readonly facts: Readonly<Record<string, string>> }> {
  const { dialect } = exchange
  const revision = dataPlane.revision(exchange.model, exchange.version ?? call.header('x-slipway-version'))
  const startedAt = clock.monotonic()
  const { request, decoded } = exchange.decode(revision)
  const decodeMs = clock.monotonic() - startedAt
  const freshness = revision.cache === undefined ? undefined : freshnessOf(call.header('cache-control'))
  const response = await revision.infer(request, {
    ...(freshness === undefined ? {} : { freshness }),
    requestId: call.requestId,
    dialect,
    deadline: call.deadline,
    signal: call.signal,
    decodeMs,
  })
  const answeredAt = clock.monotonic()
  const encoded = exchange.encode(response, decoded, revision)
  const encodeMs = clock.monotonic() - answeredAt
  revision.metrics.phase('encode', encodeMs, dialect)
  return {
    encoded,
    facts: {
      'server-timing': serverTiming(response.phases, encodeMs, response),
      'x-slipway-model': `${response.model}@${response.version}`,
    },
  }
}

/** RFC 9111 §5.2.1, as far as a caller can mean it here; no-store is the stronger. */
function freshnessOf(header: string | undefined): CallContext['freshness'] {
  if (header === undefined) return undefined
  const directives = header
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim())
  if (directives.includes('no-store')) return 'no-store'
  return directives.includes('no-cache') ? 'no-cache' : undefined
}

const SHOWN = ['decode', 'cache', 'queue', 'transport', 'transform', 'infer', 'encode'] as const

/** https://www.w3.org/TR/server-timing/ with milliseconds, three decimals. */
function serverTiming(phases: Phases, encodeMs: number, { rows, batchRows, cache }: InferResponse): string {
  let header = ''
  for (let index = 0; index < SHOWN.length; index++) {
    const name = SHOWN[index] as (typeof SHOWN)[number]
    const ms = name === 'encode' ? encodeMs : phases[name]
    if (ms === undefined) continue
    header += header === '' ? name : `, ${name}`
    header += duration(ms)
    if (name === 'cache') header += `;desc="${cache}"`
    if (name === 'infer') header += `;desc="rows=${rows} of ${batchRows}"`
  }
  // Known to be missing where nothing was looked up: a cache that was left aside took no time.
  return cache === 'off' ? `${header}, cache;desc="off"` : header
}

/** Whole microseconds, with the point put in: engines write small whole numbers several times as fast as fractions. */
function duration(ms: number): string {
  const micros = Math.max(0, Math.round(ms * 1000))
  const whole = Math.floor(micros / 1000)
  const part = micros - whole * 1000
  return part === 0 ? `;dur=${whole}` : `;dur=${whole}${part < 10 ? '.00' : part < 100 ? '.0' : '.'}${part}`
}
