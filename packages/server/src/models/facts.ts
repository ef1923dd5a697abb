/** What is known of a model before it is opened, whatever it is written in. */
import type { Batchable, OnnxModel, OperatorUse } from '@slipway/onnx'
import type { Signature, Tensor } from '@slipway/protocol'
import type { Packager } from '../config/packager.ts'
import type { Environment } from '../environments/environment.ts'

export interface ModelFacts {
  readonly signature: Signature
  /** The values of optional inputs that the worker puts where a request leaves them out. */
  readonly defaults: ReadonlyMap<string, Tensor>
  /** Whether rows of several requests may be joined as far as the model itself says. */
  readonly batch: Batchable
  /** Class labels, by the output that carries their scores. */
  readonly labels: ReadonlyMap<string, readonly string[]>
  /** Numbers that were learned; 0 where nobody can count them. */
  readonly parameters: number
  readonly sizeBytes: number
  /** What the graph is made of; nothing for a model that is no graph. */
  readonly operators: readonly OperatorUse[]
  /** One sentence for each change made so that it serves as plain tensors. */
  readonly rewrites: readonly string[]
}

/** Where a side of a signature was found. */
export type SignatureSource = string

/** What is known besides of a model that is a Python project. */
export interface PythonFacts {
  readonly packager: Packager
  /** What is called, such as `model.py:predict`. */
  readonly entry: string
  /** Whether it takes rows of several requests, and why. */
  readonly batched: boolean
  readonly why: string
  /** Whether it reads bodies itself, of whatever type, and writes its answers. */
  readonly takesBody: boolean
  readonly from: { readonly inputs: SignatureSource; readonly outputs: SignatureSource }
  /** The packager's own file, as values. */
  readonly config: Readonly<Record<string, unknown>>
  /** Variables of the environment that its owner wants it to see. */
  readonly variables: Readonly<Record<string, string>>
  readonly environment: Environment
}

/** What an ONNX file says of itself, without what only such a file has. */
export function factsOfOnnx({
  signature,
  defaults,
  batch,
  labels,
  parameters,
  sizeBytes,
  operators,
  rewrites,
}: Omit<OnnxModel, 'rewritten'>): ModelFacts {
  return { signature, defaults, batch, labels, parameters, sizeBytes, operators, rewrites }
}
