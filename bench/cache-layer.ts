/** Processor time that the cache itself takes for one request, in this process, without HTTP and without a model. */
import { type InferResponse, type Tensor, tensor } from '@slipway/protocol'
import { systemClock } from '../packages/server/src/base/clock.ts'
import { createCacheMetrics } from '../packages/server/src/observe/cache-metrics.ts'
import { createMetrics } from '../packages/server/src/observe/metrics.ts'
import { createKeyOf } from '../packages/server/src/serving/answers/key.ts'
import type { Infer } from '../packages/server/src/serving/infer.ts'
import { Cache } from '../packages/server/src/serving/layers/cache.ts'

export interface LayerCost {
  readonly name: string
  /** Microseconds for each request; the least of a few rounds. */
  readonly hit: number
  /** Looked up, not found, run and kept. */
  readonly miss: number
  /** Inputs that never come again, once the cache has turned itself off. */
  readonly off: number
}

const OWN = { model: 'm', version: '1' }
const CONTEXT = { requestId: 'r', dialect: 'v2', deadline: Number.MAX_SAFE_INTEGER, signal: { aborted: false }, decodeMs: 0 }
const ROUNDS = 5
const OUTPUTS = new Map<string, Tensor>([['y', tensor('FP32', [1, 16], new Float32Array(16))]])

/** A model that answers at once; what it claims to have taken decides whether the cache pays. */
const answering =
  (inferMs: number): Infer =>
  async (): Promise<InferResponse> => ({ ...OWN, outputs: OUTPUTS, phases: { infer: inferMs }, rows: 1, batchRows: 1 })

function layerOn(inner: Infer): Infer {
  const keyOf = createKeyOf({ ...OWN, digest: 'sha256:0' })
  const metrics = createCacheMetrics(createMetrics(), OWN)
  return new Cache({ ...OWN, maxBytes: 64e6, ttlMs: 60_000, keyOf, clock: systemClock, metrics, onWorth: () => undefined }).layer(inner)
}

/** Each request has numbers of its own, or all have the same. */
async function microseconds(infer: Infer, { length, requests, kind }: { length: number; requests: number; kind: 'unique' | 'equal' }) {
  const data = new Float32Array(length)
  const inputs = new Map<string, Tensor>([['x', tensor('FP32', [1, length], data)]])
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage()
    for (let index = 0; index < requests; index += 1) {
      if (kind === 'unique') data.set([Math.sin(index), round * requests + index + 1])
      await infer({ model: 'm', inputs }, CONTEXT)
    }
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / requests)
  }
  return least
}

async function costOf(name: string, length: number, requests: number): Promise<LayerCost> {
  const bare = await microseconds(answering(0), { length, requests, kind: 'unique' })
  const own = async (inner: Infer, load: { requests: number; kind: 'unique' | 'equal' }) =>
    (await microseconds(layerOn(inner), { length, ...load })) - bare
  return {
    name,
    hit: await own(answering(1000), { requests, kind: 'equal' }),
    // All rounds together end before the cache turns itself off.
    miss: await own(answering(1000), { requests: 400, kind: 'unique' }),
    off: await own(answering(0), { requests: Math.max(requests, 10_000), kind: 'unique' }),
  }
}

export async function measureLayer(): Promise<readonly LayerCost[]> {
  return [await costOf('64 floats', 64, 50_000), await costOf('602 KB', 150_528, 1000)]
}
