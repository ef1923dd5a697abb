/** The server that is measured: which model, what to send, and its own figures where it tells them. */
import { Slipway } from '@slipway/client'
import { isDatatype, type ModelInfo, quoted, ServeError, type Signature, type TensorSpec } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { type BenchExample, type Bodies, bodiesFor } from './bodies.ts'
import { parseScrape, type Scrape } from './figures.ts'
import type { LoadPlan } from './load-plan.ts'

export interface TargetRequest {
  readonly origin: string
  /** Where gRPC listens, for that dialect. */
  readonly grpcOrigin?: string | undefined
  readonly model?: string | undefined
  readonly dialect: string
  /** Sent with every request, such as a key. */
  readonly headers: Readonly<Record<string, string>>
  readonly clock: Pick<Clock, 'monotonic' | 'after'>
}

export interface BenchTarget extends Pick<LoadPlan, 'origin' | 'transport' | 'requests'> {
  readonly model: string
  readonly dialect: string
  readonly bodiesFrom: string
  /** Such as `Slipway 0.1.0 on Node 24.21.0`. */
  readonly server: string
  /** On this machine, so that its processors are the generator's, too. */
  readonly beside: boolean
  /** The way there and back of a question that needs no model (ms), asked at rest. */
  roundTripMs(): Promise<number>
  /** The server's figures now; undefined when it has none that we know. */
  scrape(): Promise<Scrape | undefined>
}

const PROBES = 21
const ASK_MS = 10_000

/** Rejects with UNAVAILABLE when nobody answers there, with INVALID_ARGUMENT or NOT_FOUND when it is not clear which model is meant. */
export async function openTarget(request: TargetRequest): Promise<BenchTarget> {
  const { origin, dialect, headers, clock } = request
  const ask = async (path: string) => {
    const late = new AbortController()
    const cancel = clock.after(ASK_MS, () => late.abort(new Error(`no answer within ${ASK_MS / 1000} s`)))
    try {
      return await fetch(`${origin}${path}`, { headers, signal: late.signal })
    } finally {
      cancel()
    }
  }
  const { model, bodies, server, tells } = (await slipwayModel(request)) ?? (await otherModel(request, ask))
  const grpc = dialect === 'grpc'
  return {
    origin: grpc ? (request.grpcOrigin ?? nextPort(origin)) : origin,
    transport: grpc ? 'grpc' : 'http',
    requests: bodies.requests.map((one) => ({ ...one, headers: { ...one.headers, ...headers } })),
    model,
    dialect,
    bodiesFrom: bodies.from,
    server,
    beside: isThisMachine(origin),
    roundTripMs: () => roundTrip(ask, clock),
    scrape: async () => (tells ? parseScrape(await (await ask('/metrics')).text()) : undefined),
  }
}

interface Known {
  readonly model: string
  readonly bodies: Bodies
  readonly server: string
  readonly tells: boolean
}

/** Undefined when no Slipway server answers there. */
async function slipwayModel({ origin, model, dialect, headers }: TargetRequest): Promise<Known | undefined> {
  const slipway = new Slipway(origin, { headers, deadlineMs: ASK_MS, retry: { attempts: 1 } })
  let info: Awaited<ReturnType<Slipway['server']>>
  try {
    info = await slipway.server()
  } catch {
    return undefined
  }
  const chosen = choose(info.models, model)
  const examples = await slipway.examples(chosen.name)
  const loaded = await Promise.all(
    examples.map(async ({ request, file }): Promise<BenchExample> => {
      if (file === undefined) return { request }
      const bytes = new Uint8Array(await (await fetch(`${origin}${file.url}`, { headers })).arrayBuffer())
      return { request, file: { contentType: file.contentType, bytes } }
    }),
  )
  const signature: Signature = { inputs: chosen.inputs, outputs: chosen.outputs }
  const bodies = await bodiesFor({ model: chosen.name, signature, examples: loaded, dialect })
  return { model: chosen.name, bodies, server: `Slipway ${info.version} on ${info.runtime}`, tells: true }
}

function choose(models: readonly ModelInfo[], wanted: string | undefined): ModelInfo {
  const serving = models.filter(({ serving }) => serving !== undefined)
  const names = serving.map(({ name }) => quoted(name)).join(', ')
  const [only] = serving
  if (wanted === undefined && serving.length === 1 && only !== undefined) return only
  if (wanted === undefined)
    throw new ServeError('INVALID_ARGUMENT', `say which model with --model; the server has ${names === '' ? 'none' : names}`)
  const found = serving.find(({ name }) => name === wanted)
  if (found === undefined)
    throw new ServeError('NOT_FOUND', `the server has no model ${quoted(wanted)} that answers; it has ${names === '' ? 'none' : names}`)
  return found
}

/** Any other server of the Open Inference Protocol: its metadata says what to send. */
async function otherModel({ origin, model, dialect }: TargetRequest, ask: (path: string) => Promise<Response>): Promise<Known> {
  if (model === undefined)
    throw new ServeError('INVALID_ARGUMENT', `${origin} is no Slipway server that tells its models; say which with --model`)
  const answer = await ask(`/v2/models/${encodeURIComponent(model)}`).catch((cause: unknown) => {
    throw new ServeError('UNAVAILABLE', `nobody answers at ${origin}; start the server, or give another address`, { cause })
  })
  if (!answer.ok)
    throw new ServeError(
      'NOT_FOUND',
      `${origin} answers ${answer.status} when asked about the model ${quoted(model)} by the Open Inference Protocol`,
    )
  const metadata = (await answer.json()) as { readonly platform?: string; readonly inputs?: unknown; readonly outputs?: unknown }
  const signature = { inputs: specsOf(metadata.inputs), outputs: specsOf(metadata.outputs) }
  return {
    model,
    bodies: await bodiesFor({ model, signature, examples: [], dialect }),
    server: `a server of the Open Inference Protocol (${metadata.platform ?? 'unnamed platform'})`,
    tells: false,
  }
}

function specsOf(given: unknown): readonly TensorSpec[] {
  if (!Array.isArray(given)) return []
  return (given as readonly Readonly<Record<string, unknown>>[]).flatMap(({ name, datatype, shape }) =>
    isDatatype(datatype) && Array.isArray(shape)
      ? [{ name: String(name), datatype, shape: shape.map(Number), symbols: shape.map(() => null) }]
      : [],
  )
}

async function roundTrip(ask: (path: string) => Promise<Response>, clock: Pick<Clock, 'monotonic'>): Promise<number> {
  const took: number[] = []
  for (let probe = 0; probe < PROBES; probe++) {
    const startedAt = clock.monotonic()
    const answer = await ask('/v2/health/live')
    await answer.arrayBuffer()
    took.push(clock.monotonic() - startedAt)
  }
  return took.toSorted((a, b) => a - b)[Math.floor(PROBES / 2)] as number
}

function isThisMachine(origin: string): boolean {
  const { hostname } = new URL(origin)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}

/** Where `slipway serve` has gRPC by itself. */
function nextPort(origin: string): string {
  const url = new URL(origin)
  url.port = String(Number(url.port || (url.protocol === 'https:' ? 443 : 80)) + 1)
  return url.origin
}
