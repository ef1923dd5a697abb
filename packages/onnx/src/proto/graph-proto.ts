/** GraphProto, NodeProto and AttributeProto: they hold each other, so they are read together. */
import { damaged, refusal } from '../refusal.ts'
import { plainDomain } from './entry.ts'
import type { Tally } from './tally.ts'
import { readSparseTensor, readTensor, type SparseTensorProto, type TensorProto } from './tensor-proto.ts'
import { readValueInfo, type ValueInfo } from './type-proto.ts'
import type { Span, WireReader } from './wire-reader.ts'

export interface AttributeProto {
  readonly name: string
  /** All graphs and tensors of the attribute, from its single and its repeated fields. */
  readonly graphs: readonly GraphProto[]
  readonly tensors: readonly TensorProto[]
  readonly sparse: readonly SparseTensorProto[]
  readonly span: Span
}

export interface NodeProto {
  readonly name: string
  readonly domain: string
  readonly opType: string
  readonly overload: string
  /** '' for an optional input that is not given. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: readonly AttributeProto[]
  readonly span: Span
}

export interface GraphProto {
  readonly nodes: readonly NodeProto[]
  readonly initializers: readonly TensorProto[]
  readonly sparseInitializers: readonly SparseTensorProto[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  readonly values: readonly ValueInfo[]
  readonly span: Span
}

/** Reads the graph in the reader's current field. `depth` is 0 for the main graph. */
export function readGraph(reader: WireReader, tally: Tally, depth: number): GraphProto {
  const { subgraphDepth } = tally.limits
  if (depth > subgraphDepth)
    throw refusal(`the model nests graphs inside graphs more than ${subgraphDepth} deep; flatten its If, Loop and Scan nodes`)
  const nodes: NodeProto[] = []
  const initializers: TensorProto[] = []
  const sparseInitializers: SparseTensorProto[] = []
  const lists = { 11: [] as ValueInfo[], 12: [] as ValueInfo[], 13: [] as ValueInfo[] }
  const span = reader.span
  const fields = reader.message()
  while (fields.next()) {
    switch (fields.number) {
      case 1:
        nodes.push(readNode(fields, tally, depth))
        break
      case 5:
        tally.count('initializers')
        initializers.push(readTensor(fields, tally))
        break
      case 11:
      case 12:
      case 13:
        tally.count('parts')
        lists[fields.number].push(readValueInfo(fields, tally))
        break
      case 15:
        tally.count('initializers')
        sparseInitializers.push(readSparseTensor(fields.message(), tally))
        break
    }
  }
  return { nodes, initializers, sparseInitializers, inputs: lists[11], outputs: lists[12], values: lists[13], span }
}

/** Reads the node in the reader's current field; `depth` is that of its graph. */
export function readNode(reader: WireReader, tally: Tally, depth: number): NodeProto {
  tally.count('nodes')
  const texts = { 3: '', 4: '', 7: '', 8: '' }
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes: AttributeProto[] = []
  const span = reader.span
  const fields = reader.message()
  while (fields.next()) {
    switch (fields.number) {
      case 1:
      case 2:
        tally.count('parts')
        ;(fields.number === 1 ? inputs : outputs).push(fields.text())
        break
      case 3:
      case 4:
      case 7:
      case 8:
        texts[fields.number] = fields.text()
        break
      case 5:
        attributes.push(readAttribute(fields, tally, depth))
        break
    }
  }
  return { name: texts[3], opType: texts[4], domain: plainDomain(texts[7]), overload: texts[8], inputs, outputs, attributes, span }
}

/** Reads the attribute in the reader's current field; `depth` is that of its node's graph. */
export function readAttribute(reader: WireReader, tally: Tally, depth: number): AttributeProto {
  tally.count('parts')
  const graphs: GraphProto[] = []
  const tensors: TensorProto[] = []
  const sparse: SparseTensorProto[] = []
  const singles = new Set<number>()
  let name = ''
  const span = reader.span
  const fields = reader.message()
  while (fields.next()) {
    const { number } = fields
    if (number === 5 || number === 6 || number === 22) {
      if (singles.has(number)) throw damaged(fields.start, `an attribute with field ${number} twice`)
      singles.add(number)
    }
    switch (number) {
      case 1:
        name = fields.text()
        break
      case 5:
      case 10:
        tally.count('parts')
        tensors.push(readTensor(fields, tally))
        break
      case 6:
      case 11:
        tally.count('parts')
        graphs.push(readGraph(fields, tally, depth + 1))
        break
      case 22:
      case 23:
        tally.count('parts')
        sparse.push(readSparseTensor(fields.message(), tally))
        break
    }
  }
  return { name, graphs, tensors, sparse, span }
}
