/** Which operators a model uses, and that the runtime has each of them. */
import { quoted } from '@slipway/protocol'
import type { OperatorUse } from '../model.ts'
import type { NodeProto } from '../proto/graph-proto.ts'
import type { ModelProto } from '../proto/model-proto.ts'
import { nodesWithin } from '../proto/walk.ts'
import { refusal } from '../refusal.ts'
import { functionKey } from './functions.ts'
import { DOMAINS, domainName, RUNTIME } from './runtime-range.ts'

/** Every operator with the number of nodes that use it, in subgraphs and function bodies too; by domain and name. */
export function operatorsOf(model: ModelProto): OperatorUse[] {
  const uses = new Map<string, { domain: string; name: string; count: number }>()
  for (const nodes of [model.graph.nodes, ...model.functions.map((each) => each.nodes)])
    for (const { domain, opType } of nodesWithin(nodes)) {
      const key = `${domain}\n${opType}`
      const use = uses.get(key)
      if (use === undefined) uses.set(key, { domain, name: opType, count: 1 })
      else use.count++
    }
  return [...uses.values()].sort((a, b) => compare(a.domain, b.domain) || compare(a.name, b.name))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Throws for the first operator that neither the runtime nor a function of the file defines. */
export function checkOperators(model: ModelProto): void {
  const own = new Set(model.functions.map(functionKey))
  const imported = new Set(model.opsets.map(({ domain }) => domain))
  for (const graph of [model.graph, ...model.trainingGraphs]) for (const node of nodesWithin(graph.nodes)) checkNode(node, own, imported)
  for (const { nodes, opsets } of model.functions) {
    const inside = new Set(opsets.map(({ domain }) => domain))
    for (const node of nodesWithin(nodes)) checkNode(node, own, inside)
  }
}

function checkNode(node: NodeProto, own: ReadonlySet<string>, imported: ReadonlySet<string>): void {
  const { domain, opType } = node
  const named = node.name === '' ? '' : ` (node ${quoted(node.name)})`
  if (opType === '') throw refusal(`a node${named} names no operator: the file is damaged; export or copy it again`)
  if (opType === 'EPContext')
    throw refusal(
      `operator EPContext${named} holds code compiled for one device, which is not run; serve the model that it was compiled from`,
    )
  if (own.size > 0 && own.has(functionKey({ domain, name: opType, overload: node.overload }))) return
  if (!DOMAINS.has(domain))
    throw refusal(
      `operator ${quoted(opType)} of domain ${quoted(domain)}${named} is neither known to ${RUNTIME} nor defined in the file; export the model with standard operators`,
    )
  if (!imported.has(domain))
    throw refusal(
      `operator ${quoted(opType)}${named} is of ${domainName(domain)}, of which the file imports no opset; it was cut short, or its exporter is broken`,
    )
}
