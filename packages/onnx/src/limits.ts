/** How much of a model file is read before it is refused; every one is far above what real models need. */
export interface OnnxLimits {
  /** Octets of the file; protobuf itself ends at 2 GiB. */
  readonly fileBytes: number
  /** Octets of the file that are not tensor data and so have to be held in memory. */
  readonly structureBytes: number
  /** Nodes in all graphs and functions, also counted as if every call of a local function were written out. */
  readonly nodes: number
  readonly initializers: number
  readonly functions: number
  /** Files beside the model that its tensors lie in. */
  readonly externalFiles: number
  /** Names, shapes, attributes and metadata entries together. */
  readonly parts: number
  /** Graphs inside attributes of graphs (`If`, `Loop`, `Scan`). */
  readonly subgraphDepth: number
  /** Functions that call functions. */
  readonly callDepth: number
}

export const DEFAULT_LIMITS: OnnxLimits = {
  fileBytes: 2 ** 31,
  structureBytes: 512 * 2 ** 20,
  nodes: 1_000_000,
  initializers: 1_000_000,
  functions: 100_000,
  externalFiles: 10_000,
  parts: 10_000_000,
  subgraphDepth: 16,
  callDepth: 64,
}
