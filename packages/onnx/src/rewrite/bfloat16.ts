/** onnxruntime-node has no bfloat16 tensors: such inputs and outputs become FLOAT in the file, which holds every bfloat16 exactly. */
import { quoted } from '@slipway/protocol'
import { BFLOAT16, FLOAT } from '../proto/elem-type.ts'
import type { GraphProto, NodeProto } from '../proto/graph-proto.ts'
import type { ValueInfo } from '../proto/type-proto.ts'
import { field, integerField, join } from '../proto/wire-writer.ts'
import { refusal } from '../refusal.ts'
import type { Frame } from './draft.ts'
import type { Rewriting, ServedValue } from './rewriting.ts'

type Renamed = ReadonlyMap<string, string>

/** Fields that hold names: NodeProto.input and output, ValueInfoProto.name. */
const NODE_NAMES = [1, 2]
const VALUE_NAME = [1]
/** AttributeProto.AttributeType INT. */
const ATTRIBUTE_INT = 2

/** Rewrites the file; the signature keeps BF16, and who runs the model converts at its edge. Takes what is served, as nothing else is fed or fetched. */
export function rewriteBfloat16(rewriting: Rewriting, inputs: readonly ServedValue[], outputs: readonly ServedValue[]): void {
  const { view } = rewriting
  const isBfloat16 = ({ elemType }: ServedValue) => elemType === BFLOAT16
  const taken = inputs.filter(isBfloat16)
  const given = outputs.filter(isBfloat16)
  if (taken.length + given.length === 0) return
  const takenNames = new Set(taken.map(({ name }) => name))
  const renamed = new Map<string, string>()
  for (const { name } of [...taken, ...given]) {
    // What is taken is no weight any more: it has a default beside the file, or none.
    if (!takenNames.has(name) && (view.isSparse(name) || view.initializer(name) !== undefined))
      throw refusal(`${quoted(name)} is a BF16 weight that is also an output, which cannot be served; export the model without it there`)
    renamed.set(name, view.freshName(`${name}_bfloat16`))
  }
  renameIn(rewriting, { graph: view.model.graph, frame: view.frame }, renamed)
  for (const info of [...view.model.graph.inputs, ...view.model.graph.outputs]) if (renamed.has(info.name)) declareFloat(rewriting, info)
  for (const name of renamed.keys()) for (const value of view.valuesNamed(name)) rewriting.draft.remove(view.frame, value.span)
  for (const [name, inner] of renamed) {
    if (takenNames.has(name)) rewriting.draft.prepend(view.frame, rewriting.node('Cast', [name, inner], [castTo(BFLOAT16)]))
    else rewriting.draft.append(view.frame, rewriting.node('Cast', [inner, name], [castTo(FLOAT)]))
  }
  rewriting.sentences.push(
    `${[...renamed.keys()].map(quoted).join(', ')}: BF16 is passed to the runtime as FLOAT, which holds each value exactly; clients still see BF16`,
  )
}

/** The fields of attribute `to`, an INT. */
function castTo(elemType: number): Uint8Array {
  return join([field(1, 'to'), integerField(3, elemType), integerField(20, ATTRIBUTE_INT)])
}

interface FramedGraph {
  readonly graph: GraphProto
  readonly frame: Frame
}

/** ONNX forbids a subgraph to give a name of an outer graph a second meaning, so every use of the name is meant. */
function renameIn(rewriting: Rewriting, { graph, frame }: FramedGraph, renamed: Renamed): void {
  for (const node of graph.nodes) {
    const uses = [...node.inputs, ...node.outputs].some((name) => renamed.has(name))
    const nodeFrame = { span: node.span, parent: frame }
    if (uses) renameFields(rewriting, nodeFrame, { renamed, numbers: NODE_NAMES })
    for (const inner of innerGraphs(node, nodeFrame)) renameIn(rewriting, inner, renamed)
  }
  if (frame.parent === undefined) return
  for (const output of graph.outputs)
    if (renamed.has(output.name)) renameFields(rewriting, { span: output.span, parent: frame }, { renamed, numbers: VALUE_NAME })
}

function innerGraphs(node: NodeProto, parent: Frame): FramedGraph[] {
  return node.attributes.flatMap((attribute) =>
    attribute.graphs.map((graph) => ({ graph, frame: { span: graph.span, parent: { span: attribute.span, parent } } })),
  )
}

/** Renames in those fields of a message that hold names of values. */
function renameFields(
  rewriting: Rewriting,
  frame: Frame,
  { renamed, numbers }: { readonly renamed: Renamed; readonly numbers: readonly number[] },
): void {
  for (const each of rewriting.draft.fields(frame.span)) {
    if (!numbers.includes(each.number)) continue
    const name = renamed.get(each.text())
    if (name !== undefined) rewriting.draft.replace(frame, each.span, field(each.number, name))
  }
}

/** ValueInfoProto.type, TypeProto.tensor_type, its elem_type; the shape stays. */
const PATH_TO_ELEM_TYPE = [2, 1, 1]

function declareFloat(rewriting: Rewriting, info: ValueInfo): void {
  let frame: Frame = { span: info.span, parent: rewriting.view.frame }
  for (const [step, number] of PATH_TO_ELEM_TYPE.entries()) {
    const found = [...rewriting.draft.spans(frame.span, number)].at(-1)
    if (found === undefined) return
    if (step === PATH_TO_ELEM_TYPE.length - 1) rewriting.draft.replace(frame, found, integerField(1, FLOAT))
    else frame = { span: found, parent: frame }
  }
}
