/** What a model takes and gives, from what the graph declares. */
import { quoted, type Signature, type TensorSpec } from '@slipway/protocol'
import { elemTypeName, elemTypeOf } from './proto/elem-type.ts'
import { refusal } from './refusal.ts'
import type { Defaults } from './rewrite/defaults.ts'
import type { GraphView } from './rewrite/graph-view.ts'
import type { ServedValue } from './rewrite/rewriting.ts'

/** Since IR 4 a graph input with an initializer of its name has a default; before, every weight had to be listed as an input. */
const IR_WITH_DEFAULTS = 4

/** The inputs that a caller can give. Throws for those that are no tensors. */
export function servedInputs(view: GraphView): ServedValue[] {
  const { graph, irVersion } = view.model
  const served: ServedValue[] = []
  for (const { name, type } of graph.inputs) {
    const isWeight = view.initializer(name) !== undefined || view.isSparse(name)
    if (isWeight && irVersion < IR_WITH_DEFAULTS) continue
    if (type?.kind !== 'tensor') {
      if (isWeight) continue
      throw refusal(
        `input ${quoted(name)} is ${type === undefined ? 'of no declared type' : KINDS[type.kind]}; only tensors can be sent: export the model with tensor inputs`,
      )
    }
    served.push({ name, elemType: type.elemType, shape: type.shape })
  }
  return served
}

const KINDS = {
  tensor: 'a tensor',
  sequence: 'a sequence',
  optional: 'an optional',
  map: 'a map',
  sparse: 'a sparse tensor',
  opaque: 'an opaque value',
}

/** Throws when two inputs or two outputs have one name, or one has none: then no request could tell them apart. */
export function checkNames({ model }: GraphView): void {
  for (const [what, values] of [['input', model.graph.inputs] as const, ['output', model.graph.outputs] as const]) {
    const seen = new Set<string>()
    for (const { name } of values) {
      if (name === '') throw refusal(`the model has an ${what} without a name; export it again`)
      if (seen.has(name)) throw refusal(`the model has two ${what}s named ${quoted(name)}; export it with a name for each`)
      seen.add(name)
    }
  }
}

/** Throws for the first tensor of a type that cannot be sent or answered. */
export function signatureOf({ inputs, outputs, defaults }: Defaults & { readonly outputs: readonly ServedValue[] }): Signature {
  return {
    inputs: inputs.map((input) => {
      const spec = specOf('input', input)
      return defaults.has(input.name) ? { ...spec, optional: true } : spec
    }),
    outputs: outputs.map((output) => specOf('output', output)),
  }
}

function specOf(what: 'input' | 'output', { name, elemType, shape }: ServedValue): TensorSpec {
  const datatype = elemTypeOf(elemType)?.datatype
  if (datatype === undefined)
    throw refusal(
      `${what} ${quoted(name)} is ${elemTypeName(elemType)}, which cannot be sent as a tensor; cast it to another type inside the model`,
    )
  const spec: TensorSpec = {
    name,
    datatype,
    shape: (shape ?? []).map(({ size }) => size ?? -1),
    symbols: (shape ?? []).map(({ size, symbol }) => (size === undefined ? (symbol ?? null) : null)),
  }
  return shape === undefined ? { ...spec, unknownRank: true } : spec
}
