/** What the response cache gains and costs: the same model with and without it, on inputs that are new, popular, or all the same. */
import type { LayerCost } from './cache-layer.ts'
import { type Load, measureBare, measureLoad, startAndAsk } from './measure.ts'
import { IMAGE, type Payload, ROW, v2Image } from './payload.ts'
import { processorMs, processTree } from './process-tree.ts'
import { median, medianRow, type Pace, type Row } from './rounds.ts'
import { type Running, type Server, slipway } from './servers.ts'
import type { LoadResult } from './tally.ts'
import type { Verdict } from './targets.ts'
import { NUMBER_TEXT, type Variety } from './variety.ts'

const PORTS = { row: 18_616, rowCached: 18_617, image: 18_618, imageCached: 18_619 }

export interface CachePayload extends Payload {
  readonly vary?: Variety
}

const KINDS = ['unique', 'zipf', 'equal'] as const
type Kind = (typeof KINDS)[number]

function rowPayload(expected: readonly number[], kind: Kind, start: number): CachePayload {
  const body = Buffer.from(`{"inputs":[{"name":"x","shape":[1,64],"datatype":"FP32","data":[${NUMBER_TEXT},${ROW.slice(1).join(',')}]}]}`)
  const payload: Payload = {
    path: '/v2/models/mlp64/infer',
    headers: { 'Content-Type': 'application/json' },
    body,
    expected: { numbers: expected, at: ['outputs', 0, 'data'] },
  }
  return kind === 'equal' ? payload : { ...payload, vary: { kind, at: body.indexOf(NUMBER_TEXT), form: 'text', start } }
}

function imagePayload(expected: readonly number[], kind: Kind, start: number): CachePayload {
  const payload = v2Image(expected)
  return kind === 'equal' ? payload : { ...payload, vary: { kind, at: payload.body.length - IMAGE.byteLength, form: 'fp32', start } }
}

interface Case {
  readonly name: string
  readonly ports: readonly [plain: number, cached: number]
  readonly connections: number
  readonly payload: (kind: Kind, start: number) => CachePayload
}

/** Of one load, with the processor time of the server and its replicas for each request (ms). */
type Measured = LoadResult & { readonly processorMs: number }

export interface CacheFindings {
  readonly rows: readonly Row[]
  readonly compared: readonly {
    readonly name: string
    readonly kind: Kind
    /** With the cache by without: the medians over rounds, since in a round both meet the same machine. */
    readonly rateRatio: number
    readonly processorRatio: number
    /** Medians: without and with the cache. */
    readonly processorMs: readonly [number, number]
  }[]
}

const cached = (server: Server): Server => ({ ...server, env: { SLIPWAY_CACHE_MAXBYTES: '64MB' } })

export async function runCache(pace: Pace, say: (line: string) => void): Promise<CacheFindings> {
  const { rowAnswer, imageAnswer } = await measureBare(30)
  const row = (kind: Kind, start: number) => rowPayload(rowAnswer, kind, start)
  const image = (kind: Kind, start: number) => imagePayload(imageAnswer, kind, start)
  const cases: readonly Case[] = [
    { name: '64 floats as JSON, 32 conn.', ports: [PORTS.row, PORTS.rowCached], connections: 32, payload: row },
    { name: '602 KB image, 4 conn.', ports: [PORTS.image, PORTS.imageCached], connections: 4, payload: image },
  ]
  const servers = [
    [slipway('mlp64.onnx', PORTS.row), row('equal', 0)],
    [cached(slipway('mlp64.onnx', PORTS.rowCached)), row('equal', 0)],
    [slipway('image224.onnx', PORTS.image), image('equal', 0)],
    [cached(slipway('image224.onnx', PORTS.imageCached)), image('equal', 0)],
  ] as const
  const started: Running[] = []
  const results = new Map<string, Measured[]>()
  try {
    for (const [server, payload] of servers) started.push((await startAndAsk(server, payload)).running)
    for (let round = 1; round <= pace.rounds; round += 1) await runRound(cases, { round, pace, results, say, started })
  } finally {
    for (const running of started) await running.stop()
  }
  return { rows: [...results].map(([name, each]) => medianRow(name, each)), compared: compare(cases, results) }
}

interface Round {
  readonly round: number
  readonly pace: Pace
  readonly results: Map<string, Measured[]>
  readonly started: readonly Running[]
  readonly say: (line: string) => void
}

const nameOf = (name: string, kind: Kind, state: 'without' | 'with') => `${name} · ${kind} · ${state} cache`

/** Requests that a server has answered since it was started. */
async function answeredBy(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith('slipway_requests_total{'))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

async function measure({ server: { port }, pid }: Running, payload: CachePayload, load: Load): Promise<Measured> {
  const tree = processTree(pid)
  const [ms, answers] = [processorMs(tree), await answeredBy(port)]
  const result = await measureLoad(port, payload, load)
  return { ...result, processorMs: (processorMs(tree) - ms) / ((await answeredBy(port)) - answers) }
}

async function runRound(cases: readonly Case[], { round, pace, results, started, say }: Round): Promise<void> {
  for (const { name, ports, connections, payload } of cases)
    for (const kind of KINDS) {
      say(`round ${round} of ${pace.rounds}: ${name}, ${kind}`)
      const load: Load = { connections, warmUpMs: pace.warmUpMs, measureMs: pace.measureMs }
      // Each round counts on from where no round before it was.
      const asked = payload(kind, round * 100_000)
      // In turn first and second, so that neither has the quieter moments.
      for (const at of round % 2 === 0 ? [1, 0] : [0, 1]) {
        const key = nameOf(name, kind, at === 0 ? 'without' : 'with')
        results.set(key, [
          ...(results.get(key) ?? []),
          await measure(started.find(({ server }) => server.port === ports[at]) as Running, asked, load),
        ])
      }
    }
}

function compare(cases: readonly Case[], results: ReadonlyMap<string, readonly Measured[]>): CacheFindings['compared'] {
  return cases.flatMap(({ name }) =>
    KINDS.map((kind) => {
      const [plain = [], kept = []] = (['without', 'with'] as const).map((state) => results.get(nameOf(name, kind, state)))
      const ratio = (figure: 'perSecond' | 'processorMs') =>
        median(kept.map((each, round) => each[figure] / (plain[round] as Measured)[figure]))
      const processor = (each: readonly Measured[]) => median(each.map(({ processorMs }) => processorMs))
      return {
        name,
        kind,
        rateRatio: ratio('perSecond'),
        processorRatio: ratio('processorMs'),
        processorMs: [processor(plain), processor(kept)] as const,
      }
    }),
  )
}

/**
 * What inputs that are new each time may take once the cache has turned itself off, in µs for a small row. The servers under load are shown
 * and not judged: who shares the processors with them makes more of a difference than the cache.
 */
const MOST_OFF_US = 3

export function cacheVerdicts({ compared }: CacheFindings, [small]: readonly LayerCost[]): readonly Verdict[] {
  const off = small?.off ?? Number.NaN
  return [
    {
      what: 'the cache itself, turned off, 64 floats',
      target: `≤ ${MOST_OFF_US} µs`,
      measured: `${off.toFixed(1)} µs`,
      met: off <= MOST_OFF_US,
    },
    ...compared.map(({ name, kind, rateRatio, processorRatio, processorMs: [plain, kept] }) => ({
      what: `requests/s with the cache, ${name}, ${kind}`,
      target: '–',
      measured: `${rateRatio.toFixed(2)} × (processor time a request ${plain.toFixed(3)} → ${kept.toFixed(3)} ms, ${processorRatio.toFixed(2)} ×)`,
      met: undefined,
    })),
  ]
}
