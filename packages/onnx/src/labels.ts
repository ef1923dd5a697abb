/** Class labels of outputs that hold scores, found in the graph: at the classifier itself, or where the best score is turned into a label. */
import { labelsOf, labelsOfTensor } from './proto/attribute-values.ts'
import { BFLOAT16, DOUBLE, FLOAT, FLOAT16 } from './proto/elem-type.ts'
import type { NodeProto } from './proto/graph-proto.ts'
import type { Rewriting, ServedValue } from './rewrite/rewriting.ts'

const FLOATS = new Set([FLOAT, DOUBLE, FLOAT16, BFLOAT16])
const CLASSIFIERS = new Set(['LinearClassifier', 'TreeEnsembleClassifier', 'SVMClassifier'])
const CLASSIFIER_LABELS = ['classlabels_strings', 'classlabels_ints', 'classlabels_int64s']
/** Operators that change scores but neither their number nor their order. */
const IN_PLACE = new Set(['Identity', 'Cast', 'Normalizer', 'Softmax', 'Sigmoid', 'Div', 'Mul', 'Clip'])
/** Operators that turn the position of the best score into its label, given the labels first. */
const LOOKUPS = new Set(['ArrayFeatureExtractor', 'Gather'])
const MAX_STEPS = 16
/** Of outputs, and of nodes that take one value: enough for any classifier, and it bounds the search. */
const MAX_LOOKED_AT = 64

/** Adds labels for each output of one row of scores per row. ZipMap's own labels are there already, and stay. */
export function addLabels(rewriting: Rewriting, outputs: readonly ServedValue[]): void {
  for (const { name, elemType, shape } of outputs.slice(0, MAX_LOOKED_AT)) {
    if (rewriting.labels.has(name) || !FLOATS.has(elemType) || (shape !== undefined && shape.length !== 2)) continue
    const labels = traceLabels(rewriting, name)
    const columns = shape?.[1]?.size
    if (labels !== undefined && (columns === undefined || columns === labels.length)) rewriting.labels.set(name, labels)
  }
}

function traceLabels(rewriting: Rewriting, output: string): readonly string[] | undefined {
  const { view, image } = rewriting
  let name = output
  for (let step = 0; step < MAX_STEPS; step++) {
    const looked = lookedUpLabels(rewriting, name)
    if (looked !== undefined) return looked
    const node = view.producer(name)
    if (node === undefined) return undefined
    if (CLASSIFIERS.has(node.opType) && node.outputs[1] === name) return labelsOf(image, node, CLASSIFIER_LABELS)
    if (!IN_PLACE.has(node.opType)) return undefined
    name = node.inputs[0] ?? ''
  }
  return undefined
}

/** scores → ArgMax → ArrayFeatureExtractor(labels, position), or → LabelEncoder(position → label) */
function lookedUpLabels(rewriting: Rewriting, scores: string): readonly string[] | undefined {
  const { view } = rewriting
  for (const best of view.consumers(scores).slice(0, MAX_LOOKED_AT)) {
    if (best.opType !== 'ArgMax') continue
    for (const lookup of view.consumers(best.outputs[0] ?? '').slice(0, MAX_LOOKED_AT)) {
      const labels = lookup.opType === 'LabelEncoder' ? encoderLabels(rewriting, lookup) : storedLabels(rewriting, lookup, best)
      if (labels !== undefined) return labels
    }
  }
  return undefined
}

function storedLabels({ view, image }: Rewriting, lookup: NodeProto, best: NodeProto): readonly string[] | undefined {
  if (!LOOKUPS.has(lookup.opType) || lookup.inputs[1] !== best.outputs[0]) return undefined
  const stored = view.initializer(lookup.inputs[0] ?? '')
  return stored === undefined ? undefined : labelsOfTensor(image, stored)
}

/** Since ai.onnx.ml 2 keys and values stand in pairs; before, the labels stood in order. */
function encoderLabels({ image }: Rewriting, encoder: NodeProto): readonly string[] | undefined {
  const ordered = labelsOf(image, encoder, ['classes_strings'])
  if (ordered !== undefined) return ordered
  const keys = labelsOf(image, encoder, ['keys_int64s'])
  const values = labelsOf(image, encoder, ['values_strings', 'values_int64s'])
  if (keys === undefined || values?.length !== keys.length) return undefined
  const byKey = new Map(keys.map((key, index) => [key, values[index] as string]))
  const labels = keys.map((_, position) => byKey.get(String(position)))
  return labels.every((label) => label !== undefined) ? labels : undefined
}
