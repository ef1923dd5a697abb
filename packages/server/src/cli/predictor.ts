/** What `predict` asks: a model opened here for the one question, or one on a server. */
import type { Datatype, InputInfo, OutputInfo, Tensors } from '@slipway/protocol'

/** One element as JSON writes it; a bigint where a number would round. */
export type Element = number | bigint | boolean | string

export interface AnsweredOutput {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** Row-major. BYTES that are no UTF-8 come as base64. */
  readonly elements: readonly Element[]
}

export interface Prediction {
  readonly version: string
  readonly outputs: readonly AnsweredOutput[]
  /** Milliseconds by phase. */
  readonly timing: Readonly<Record<string, number>>
}

export interface Predictor extends AsyncDisposable {
  readonly model: string
  readonly inputs: readonly InputInfo[]
  readonly outputs: readonly OutputInfo[]
  /** Throws ServeError or SlipwayError. */
  predict(inputs: Tensors): Promise<Prediction>
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** An element of BYTES as text, or as base64 when it is no UTF-8. */
export function textOf(octets: Uint8Array): string {
  try {
    return decoder.decode(octets)
  } catch {
    return Buffer.from(octets).toString('base64')
  }
}
