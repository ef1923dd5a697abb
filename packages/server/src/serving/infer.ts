/** The one contract of everything that answers an inference request. */
import type { InferRequest, InferResponse } from '@slipway/protocol'

/** Who asks and how long they will wait. Handed from room to room beside the request. */
export interface CallContext {
  readonly requestId: string
  readonly dialect: string
  /** When the caller stops waiting, on the monotonic clock (ms). */
  readonly deadline: number
  /** Turns true when the caller has gone. */
  readonly signal: { readonly aborted: boolean }
  /** Milliseconds that decoding took. */
  readonly decodeMs: number
  /** How urgent: 1 comes before 2; as usual when absent. */
  readonly priority?: number
  /** no-cache: the answer must come from a run of its own; no-store: nor is it kept. */
  readonly freshness?: 'no-cache' | 'no-store'
}

/** One thing that answers an inference request: a model, a pipeline, a traffic split, a layer around any of them. */
export type Infer = (request: InferRequest, context: CallContext) => Promise<InferResponse>
export type Layer = (next: Infer) => Infer
/** The first layer is the outermost: `stack([a, b], core)` runs a, then b, then core. */
export const stack = (layers: readonly Layer[], core: Infer): Infer => layers.reduceRight((next, layer) => layer(next), core)
