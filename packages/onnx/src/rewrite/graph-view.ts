/** The main graph by names: who gives a value, who takes it, what is known of it. */

import type { NodeProto } from '../proto/graph-proto.ts'
import type { ModelProto } from '../proto/model-proto.ts'
import type { TensorProto } from '../proto/tensor-proto.ts'
import type { Dimension, TypeProto, ValueInfo } from '../proto/type-proto.ts'
import { graphsWithin, nodesWithin } from '../proto/walk.ts'
import type { Frame } from './draft.ts'

export type TensorType = Extract<TypeProto, { kind: 'tensor' }>

export class GraphView {
  readonly model: ModelProto
  readonly frame: Frame
  readonly #producers = new Map<string, NodeProto>()
  readonly #initializers: ReadonlyMap<string, TensorProto>
  readonly #types = new Map<string, TypeProto | undefined>()
  readonly #values = new Map<string, ValueInfo[]>()
  readonly #outputs: ReadonlySet<string>
  readonly #sparse: ReadonlySet<string>
  #consumers: Map<string, NodeProto[]> | undefined
  #names: Set<string> | undefined

  constructor(model: ModelProto) {
    this.model = model
    this.frame = { span: model.graph.span, parent: undefined }
    const { nodes, initializers, sparseInitializers, values, inputs, outputs } = model.graph
    for (const node of nodes) for (const output of node.outputs) if (output !== '') this.#producers.set(output, node)
    this.#initializers = new Map(initializers.map((tensor) => [tensor.name, tensor]))
    this.#outputs = new Set(outputs.map(({ name }) => name))
    this.#sparse = new Set(sparseInitializers.map((tensor) => tensor.values?.name ?? ''))
    for (const value of values) push(this.#values, value.name, value)
    for (const { name, type } of [...outputs, ...values, ...inputs]) if (type !== undefined) this.#types.set(name, type)
  }

  producer(name: string): NodeProto | undefined {
    return this.#producers.get(name)
  }

  initializer(name: string): TensorProto | undefined {
    return this.#initializers.get(name)
  }

  /** True for a weight stored sparsely, whose name stands on its values. */
  isSparse(name: string): boolean {
    return this.#sparse.has(name)
  }

  /** What the file declares a value of the main graph to be, where it is a tensor. */
  tensorType(name: string): TensorType | undefined {
    const declared = this.#types.get(name)
    if (declared?.kind === 'tensor') return declared
    const stored = this.#initializers.get(name)
    if (stored !== undefined) return { kind: 'tensor', elemType: stored.elemType, shape: stored.dims.map((size): Dimension => ({ size })) }
    return undefined
  }

  /** Nodes that take a value, those inside subgraphs too. */
  consumers(name: string): readonly NodeProto[] {
    if (this.#consumers === undefined) {
      this.#consumers = new Map()
      for (const node of nodesWithin(this.model.graph.nodes)) for (const input of new Set(node.inputs)) push(this.#consumers, input, node)
    }
    return this.#consumers.get(name) ?? []
  }

  /** A name that no value has yet, and that no later call gives again. */
  freshName(wanted: string): string {
    this.#names ??= allNames(this.model)
    let name = wanted
    for (let count = 2; this.#names.has(name); count++) name = `${wanted}_${count}`
    this.#names.add(name)
    return name
  }

  isOutput(name: string): boolean {
    return this.#outputs.has(name)
  }

  /** Entries of `value_info` for a name. */
  valuesNamed(name: string): readonly ValueInfo[] {
    return this.#values.get(name) ?? []
  }
}

function allNames(model: ModelProto): Set<string> {
  const names = new Set<string>()
  for (const graph of graphsWithin(model.graph)) {
    for (const { name } of [...graph.inputs, ...graph.outputs, ...graph.values, ...graph.initializers]) names.add(name)
    for (const { values } of graph.sparseInitializers) if (values !== undefined) names.add(values.name)
    for (const { inputs, outputs } of graph.nodes) for (const name of [...inputs, ...outputs]) names.add(name)
  }
  return names
}

function push<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const known = lists.get(name)
  if (known === undefined) lists.set(name, [item])
  else known.push(item)
}
