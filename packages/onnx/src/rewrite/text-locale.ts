/** Text is lowered by the rules of a locale, and the runtime refuses a model whose locale is not installed: exporters leave it at en_US. */
import type { GraphProto, NodeProto } from '../proto/graph-proto.ts'
import { field, integerField } from '../proto/wire-writer.ts'
import type { Frame } from './draft.ts'
import type { Rewriting } from './rewriting.ts'

const LOCALE = 'locale'
/** What ONNX gives as the default, and how exporters spell it out. */
const DEFAULTS = new Set(['en_US', 'en_US.UTF-8'])
/** AttributeProto.s, and its type STRING. */
const ATTRIBUTE_TEXT = 4
const ATTRIBUTE_STRING = 3

/** Gives every StringNormalizer that asks for the default locale this one instead. Locales that an author chose stay. */
export function rewriteTextLocale(rewriting: Rewriting, locale: string): void {
  const changed = rewriteGraph(rewriting, { graph: rewriting.view.model.graph, frame: rewriting.view.frame }, locale)
  if (changed > 0)
    rewriting.sentences.push(
      `text is lowered by the locale ${locale} instead of the default en_US.UTF-8, which may not be installed where the model runs`,
    )
}

function rewriteGraph(
  rewriting: Rewriting,
  { graph, frame }: { readonly graph: GraphProto; readonly frame: Frame },
  locale: string,
): number {
  let changed = 0
  for (const node of graph.nodes) {
    const nodeFrame = { span: node.span, parent: frame }
    if (node.opType === 'StringNormalizer' && node.domain === '' && setLocale(rewriting, node, { frame: nodeFrame, locale })) changed++
    for (const attribute of node.attributes)
      for (const inner of attribute.graphs) {
        const parent = { span: attribute.span, parent: nodeFrame }
        changed += rewriteGraph(rewriting, { graph: inner, frame: { span: inner.span, parent } }, locale)
      }
  }
  return changed
}

function setLocale({ draft }: Rewriting, node: NodeProto, { frame, locale }: { readonly frame: Frame; readonly locale: string }): boolean {
  const given = node.attributes.find(({ name }) => name === LOCALE)
  if (given === undefined) {
    draft.append(frame, field(5, [field(1, LOCALE), field(ATTRIBUTE_TEXT, locale), integerField(20, ATTRIBUTE_STRING)]))
    return true
  }
  const attributeFrame = { span: given.span, parent: frame }
  for (const each of draft.fields(given.span)) {
    if (each.number !== ATTRIBUTE_TEXT || !DEFAULTS.has(each.text())) continue
    draft.replace(attributeFrame, each.span, field(ATTRIBUTE_TEXT, locale))
    return true
  }
  return false
}
