/** What is known of an ONNX file from its protobuf alone. */
import type { Signature, Tensor } from '@slipway/protocol'

export interface OperatorUse {
  /** '' is ONNX's own domain. */
  readonly domain: string
  readonly name: string
  readonly count: number
}

export interface ExternalFile {
  /** Relative to the model's folder: plain names and `/`. */
  readonly path: string
  /** Octets of it that the model uses. */
  readonly bytes: number
}

/** Whether rows of several requests may be joined along dimension 0, as far as the signature tells; a run at load must agree before it is done. `symbol` is `?` where no dimension has a name. A model with optional inputs is never batched. */
export type Batchable = { readonly batchable: true; readonly symbol: string } | { readonly batchable: false; readonly why: string }

export interface OnnxModel {
  /** This, the producer, the opsets and the operators are those of the file as it was given. */
  readonly irVersion: number
  readonly producer: string
  readonly opsets: readonly { readonly domain: string; readonly version: number }[]
  /** As served, that is after the rewrites. */
  readonly signature: Signature
  /** What the file stores for each optional input of the signature; the runtime must be given it where a request leaves the input out. */
  readonly defaults: ReadonlyMap<string, Tensor>
  /** In subgraphs and function bodies too, by domain and name. */
  readonly operators: readonly OperatorUse[]
  /** Elements of all initializers, those of subgraphs too. */
  readonly parameters: number
  /** Octets of the file and of the external data it uses. */
  readonly sizeBytes: number
  readonly externalFiles: readonly ExternalFile[]
  readonly batch: Batchable
  /** One sentence for each change made so that the model serves as plain tensors. */
  readonly rewrites: readonly string[]
  /** Class labels found in the graph (ZipMap, LabelEncoder, a classifier's attribute), by the output that carries their scores. */
  readonly labels: ReadonlyMap<string, readonly string[]>
  /** The file's new contents when `rewrites` is not empty. BF16 inputs and outputs of the signature are FLOAT in it. */
  readonly rewritten?: Uint8Array
  readonly metadata: ReadonlyMap<string, string>
}
