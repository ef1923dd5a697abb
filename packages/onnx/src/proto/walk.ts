/** Goes over everything a model holds, in subgraphs and functions too. Depth is bounded when the file is read. */
import { quoted } from '@slipway/protocol'
import type { AttributeProto, GraphProto, NodeProto } from './graph-proto.ts'
import type { ModelProto } from './model-proto.ts'
import type { TensorProto } from './tensor-proto.ts'

/** These nodes and those of the graphs inside them. */
export function* nodesWithin(nodes: readonly NodeProto[]): Generator<NodeProto> {
  for (const node of nodes) {
    yield node
    for (const attribute of node.attributes) for (const graph of attribute.graphs) yield* nodesWithin(graph.nodes)
  }
}

/** Every tensor that the file holds or points to, with a few words for where it is. */
export function* tensorsOf(model: ModelProto): Generator<{ readonly tensor: TensorProto; readonly where: string }> {
  for (const graph of [model.graph, ...model.trainingGraphs]) yield* tensorsOfGraph(graph)
  for (const { nodes, attributes } of model.functions) {
    for (const node of nodes) yield* tensorsOfNode(node)
    for (const attribute of attributes) yield* tensorsOfAttribute(attribute, 'function')
  }
}

/** This graph and every graph inside it. */
export function* graphsWithin(graph: GraphProto): Generator<GraphProto> {
  yield graph
  for (const node of graph.nodes) for (const attribute of node.attributes) for (const inner of attribute.graphs) yield* graphsWithin(inner)
}

function* tensorsOfGraph(graph: GraphProto): Generator<{ readonly tensor: TensorProto; readonly where: string }> {
  for (const tensor of graph.initializers) yield { tensor, where: 'initializer' }
  for (const { values, indices } of graph.sparseInitializers) {
    if (values !== undefined) yield { tensor: values, where: 'sparse initializer' }
    if (indices !== undefined) yield { tensor: indices, where: 'the indices of sparse initializer' }
  }
  for (const node of graph.nodes) yield* tensorsOfNode(node)
}

function* tensorsOfNode(node: NodeProto): Generator<{ readonly tensor: TensorProto; readonly where: string }> {
  for (const attribute of node.attributes) yield* tensorsOfAttribute(attribute, node.opType)
}

function* tensorsOfAttribute(
  attribute: AttributeProto,
  owner: string,
): Generator<{ readonly tensor: TensorProto; readonly where: string }> {
  for (const tensor of attribute.tensors) yield { tensor, where: `the attribute of ${quoted(owner)}` }
  for (const { values, indices } of attribute.sparse) {
    if (values !== undefined) yield { tensor: values, where: `the sparse attribute of ${quoted(owner)}` }
    if (indices !== undefined) yield { tensor: indices, where: `the sparse attribute of ${quoted(owner)}` }
  }
  for (const graph of attribute.graphs) yield* tensorsOfGraph(graph)
}
