/** Local functions: that none calls itself, and that writing all calls out stays small. */
import { quoted } from '@slipway/protocol'
import type { OnnxLimits } from '../limits.ts'
import type { NodeProto } from '../proto/graph-proto.ts'
import type { FunctionProto, ModelProto } from '../proto/model-proto.ts'
import { nodesWithin } from '../proto/walk.ts'
import { refusal } from '../refusal.ts'

/** What a node and a function must share for the one to call the other. */
export function functionKey({
  domain,
  name,
  overload,
}: {
  readonly domain: string
  readonly name: string
  readonly overload: string
}): string {
  return JSON.stringify([domain, name, overload])
}

/** A function's nodes with every call written out, and how deep its calls go. */
interface Extent {
  readonly nodes: number
  readonly depth: number
}

/** Throws for functions that call themselves, also by way of others, and for calls that would grow past the limits: runtimes write them out. */
export function checkFunctions(model: ModelProto, limits: OnnxLimits): void {
  const functions = new Map<string, FunctionProto>()
  for (const each of model.functions) {
    const key = functionKey(each)
    if (functions.has(key))
      throw refusal(`function ${quoted(each.name)} of domain ${quoted(each.domain)} is defined twice; the file's exporter is broken`)
    functions.set(key, each)
  }
  if (functions.size > 0) new CallWalk(functions, limits).extent(model.graph.nodes, 0)
}

class CallWalk {
  readonly #functions: ReadonlyMap<string, FunctionProto>
  readonly #limits: OnnxLimits
  readonly #done = new Map<string, Extent>()
  readonly #open = new Set<string>()

  constructor(functions: ReadonlyMap<string, FunctionProto>, limits: OnnxLimits) {
    this.#functions = functions
    this.#limits = limits
    for (const [key, { nodes }] of functions) this.#call(key, nodes, 0)
  }

  extent(nodes: readonly NodeProto[], depth: number): Extent {
    let total = 0
    let deepest = 0
    for (const node of nodesWithin(nodes)) {
      const key = functionKey({ domain: node.domain, name: node.opType, overload: node.overload })
      const called = this.#functions.get(key)
      const extent = called === undefined ? { nodes: 1, depth: 0 } : this.#call(key, called.nodes, depth + 1)
      total += extent.nodes
      deepest = Math.max(deepest, extent.depth)
      if (total > this.#limits.nodes)
        throw refusal(`the model's functions, written out, are more than ${this.#limits.nodes} nodes; inline or simplify them`)
    }
    return { nodes: total, depth: deepest + 1 }
  }

  #call(key: string, nodes: readonly NodeProto[], depth: number): Extent {
    const known = this.#done.get(key)
    if (known !== undefined) return known
    const name = quoted(this.#functions.get(key)?.name)
    if (this.#open.has(key)) throw refusal(`function ${name} calls itself, directly or through others, so it would never end`)
    this.#open.add(key)
    const extent = depth > this.#limits.callDepth ? { nodes: 0, depth: depth + 1 } : this.extent(nodes, depth)
    if (extent.depth > this.#limits.callDepth)
      throw refusal(`function ${name} calls functions more than ${this.#limits.callDepth} deep; inline some of them`)
    this.#open.delete(key)
    this.#done.set(key, extent)
    return extent
  }
}
