/** Turns outputs that are sequences, maps or optionals into tensors where the graph has the tensor, and drops the others. */
import { quoted } from '@slipway/protocol'
import { labelsOf } from '../proto/attribute-values.ts'
import { BFLOAT16, FLOAT } from '../proto/elem-type.ts'
import type { NodeProto } from '../proto/graph-proto.ts'
import type { Dimension, TypeProto, ValueInfo } from '../proto/type-proto.ts'
import { field, join } from '../proto/wire-writer.ts'
import { refusal } from '../refusal.ts'
import type { TensorType } from './graph-view.ts'
import { type Rewriting, type ServedValue, tensorTypeField } from './rewriting.ts'

const ML = 'ai.onnx.ml'
const MAX_ELEMENTS = 64
/** Outputs that one error names. */
const MAX_NAMED = 5
const OP_TYPE = 4
const DOMAIN = 7
const ATTRIBUTE = 5

/** The outputs as they will be served. Throws when none is left that is a tensor. */
export function rewriteOutputs(rewriting: Rewriting): ServedValue[] {
  const served: ServedValue[] = []
  const dropped: string[] = []
  for (const output of rewriting.view.model.graph.outputs) {
    const type = rewriting.view.tensorType(output.name)
    const tensors = output.type === undefined || output.type.kind === 'tensor' ? plain(output, type) : undefined
    const unrolled = tensors ?? unroll(rewriting, output)
    if (unrolled !== undefined) served.push(...unrolled)
    else {
      rewriting.draft.remove(rewriting.view.frame, output.span)
      dropped.push(`${quoted(output.name)} is ${typeText(output.type)}`)
    }
  }
  if (served.length === 0 && dropped.length > 0)
    throw refusal(
      `no output of the model is a tensor: ${dropped.slice(0, MAX_NAMED).join(', ')}; export it so that it gives tensors (skl2onnx: options={'zipmap': False})`,
    )
  if (served.length === 0) throw refusal('the model has no output; export it with at least one')
  for (const each of dropped) rewriting.sentences.push(`output ${each}, which has no tensor in the graph to serve instead, and was dropped`)
  return served
}

function plain(output: ValueInfo, type: TensorType | undefined): ServedValue[] | undefined {
  return type === undefined ? undefined : [{ name: output.name, elemType: type.elemType, shape: type.shape }]
}

function unroll(rewriting: Rewriting, output: ValueInfo): ServedValue[] | undefined {
  const last = rewriting.view.producer(output.name)
  // A node with more outputs than its operator has is damaged, and to rewrite it once for each would tear it apart.
  if (last === undefined || last.outputs.length !== 1) return undefined
  if (output.type === undefined || rewriting.view.consumers(output.name).length > 0) return undefined
  if (last.opType === 'ZipMap' && last.domain === ML) return unzip(rewriting, output, last)
  if (last.domain !== '') return undefined
  if (last.opType === 'Optional') return unwrapOptional(rewriting, output, last)
  if (last.opType === 'SequenceConstruct') return spread(rewriting, output, last)
  return undefined
}

/** ZipMap pairs each row of scores with the class labels; the scores are served as they are, the labels beside them. */
function unzip(rewriting: Rewriting, output: ValueInfo, node: NodeProto): ServedValue[] | undefined {
  const scores = node.inputs[0] ?? ''
  if (scores === '') return undefined
  becomeIdentity(rewriting, node)
  retype(rewriting, output, FLOAT)
  const labels = labelsOf(rewriting.image, node, ['classlabels_strings', 'classlabels_int64s'])
  if (labels !== undefined) rewriting.labels.set(output.name, labels)
  const known = rewriting.view.tensorType(scores)?.shape
  const columns: Dimension = labels === undefined ? {} : { size: labels.length }
  rewriting.sentences.push(
    `output ${quoted(output.name)} was ${typeText(output.type)}, made by ZipMap; it is served as the tensor of scores that ZipMap was given, one column for each of the ${labels?.length ?? "model's"} labels`,
  )
  return [{ name: output.name, elemType: FLOAT, shape: known?.length === 2 ? known : [rowsOf(rewriting), columns] }]
}

/** Dimension 0 of the inputs where all agree: a classifier gives one row of scores for each row it takes. */
function rowsOf({ view }: Rewriting): Dimension {
  const required = view.model.graph.inputs.filter(({ name }) => view.initializer(name) === undefined)
  const rows = required.map(({ name }) => view.tensorType(name)?.shape?.[0])
  const [first] = rows
  return first !== undefined && rows.every((each) => each?.size === first.size && each?.symbol === first.symbol) ? first : {}
}

/** BF16 needs a rewrite of its own, which starts from outputs that are tensors already. */
function isServable(element: TypeProto | undefined): element is TensorType {
  return element?.kind === 'tensor' && element.elemType !== BFLOAT16
}

function unwrapOptional(rewriting: Rewriting, output: ValueInfo, node: NodeProto): ServedValue[] | undefined {
  const element = output.type?.kind === 'optional' ? output.type.element : undefined
  if (!isServable(element) || (node.inputs[0] ?? '') === '') return undefined
  becomeIdentity(rewriting, node)
  retype(rewriting, output, element.elemType)
  rewriting.sentences.push(`output ${quoted(output.name)} was an optional tensor that is always there; it is served as that tensor`)
  return [{ name: output.name, elemType: element.elemType, shape: element.shape }]
}

/** A sequence of a fixed number of tensors is served as that many outputs. */
function spread(rewriting: Rewriting, output: ValueInfo, node: NodeProto): ServedValue[] | undefined {
  const element = output.type?.kind === 'sequence' ? output.type.element : undefined
  if (!isServable(element) || node.inputs.length === 0 || node.inputs.length > MAX_ELEMENTS) return undefined
  const { view, draft } = rewriting
  const served = node.inputs.map((input, index): ServedValue & { readonly input: string } => {
    const shape = view.tensorType(input)?.shape ?? element.shape
    return { name: view.freshName(`${output.name}_${index}`), elemType: element.elemType, shape, input }
  })
  const nodes = served.map(({ input, name }) => rewriting.node('Identity', [input, name]))
  draft.replace(view.frame, node.span, join(nodes))
  draft.replace(view.frame, output.span, join(served.map(({ name, elemType }) => field(12, [field(1, name), tensorTypeField(elemType)]))))
  for (const value of view.valuesNamed(output.name)) draft.remove(view.frame, value.span)
  rewriting.sentences.push(
    `output ${quoted(output.name)} was a sequence of ${served.length} tensors; they are served as ${served.map(({ name }) => quoted(name)).join(', ')}`,
  )
  return served.map(({ name, elemType, shape }) => ({ name, elemType, shape }))
}

/** The node keeps its name, inputs and outputs, and does nothing any more. */
function becomeIdentity(rewriting: Rewriting, node: NodeProto): void {
  const frame = { span: node.span, parent: rewriting.view.frame }
  for (const each of rewriting.draft.fields(node.span))
    if (each.number === OP_TYPE || each.number === DOMAIN || each.number === ATTRIBUTE) rewriting.draft.remove(frame, each.span)
  rewriting.useDefaultDomain()
  rewriting.draft.append(frame, field(OP_TYPE, 'Identity'))
}

/** Declares an output to be a tensor, whatever it was. */
function retype(rewriting: Rewriting, output: ValueInfo, elemType: number): void {
  const { view, draft } = rewriting
  const frame = { span: output.span, parent: view.frame }
  for (const each of draft.fields(output.span)) if (each.number === 2) draft.remove(frame, each.span)
  draft.append(frame, tensorTypeField(elemType))
  for (const value of view.valuesNamed(output.name)) draft.remove(view.frame, value.span)
}

function typeText(type: TypeProto | undefined): string {
  if (type === undefined) return 'a value of unknown type'
  if (type.kind === 'sequence') return type.element === undefined ? 'a sequence' : `a sequence of ${pluralText(type.element)}`
  if (type.kind === 'optional')
    return type.element === undefined ? 'an optional' : `an optional ${typeText(type.element).replace(/^an? /, '')}`
  return { tensor: 'a tensor', map: 'a map', sparse: 'a sparse tensor', opaque: 'an opaque value' }[type.kind]
}

function pluralText(type: TypeProto): string {
  return `${typeText(type).replace(/^an? /, '')}s`
}
