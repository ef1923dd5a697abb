/** What `predict` asks: a model opened here for the one question, or one on a server. */
import type { InputInfo, OutputInfo, Tensors } from '@slipway/protocol'
import type { NamedElements } from '../models/elements.ts'

export interface Prediction {
  readonly version: string
  readonly outputs: readonly NamedElements[]
  /** Milliseconds by phase. */
  readonly timing: Readonly<Record<string, number>>
}

export interface Predictor extends AsyncDisposable {
  readonly model: string
  readonly inputs: readonly InputInfo[]
  readonly outputs: readonly OutputInfo[]
  /** The inputs of its examples, where they can be read from here. */
  readonly examples: readonly Tensors[]
  /** Throws ServeError or SlipwayError. */
  predict(inputs: Tensors): Promise<Prediction>
}
