/**
 * Inputs that the file stores a value for. The runtime never takes another value for such an input, so each becomes a plain one, and who runs
 * the model passes the stored value where a request has none. What is a weight by its size or its company stays in the file, as a constant.
 */
import { quoted, type Tensor } from '@slipway/protocol'
import { elemTypeName, elemTypeOf } from '../proto/elem-type.ts'
import type { TensorProto } from '../proto/tensor-proto.ts'
import { readTensorValue } from '../proto/tensor-values.ts'
import type { Rewriting, ServedValue } from './rewriting.ts'

/** Octets of a stored value in the file. More is a weight; it also bounds what goes to the runtime with each run, and lies in memory for sure. */
const MAX_STORED_BYTES = 8 * 1024
/** With more of them than a person would set, the exporter has listed its weights as inputs. */
const MAX_OPTIONAL = 16
/** Inputs that one sentence names. */
const MAX_NAMED = 3

export interface Defaults {
  /** The inputs that a request can give. */
  readonly inputs: readonly ServedValue[]
  /** What those of them have that may be left out. */
  readonly defaults: ReadonlyMap<string, Tensor>
}

/** Rewrites the file. Throws INVALID_ARGUMENT when a stored value is damaged. */
export function rewriteDefaults(rewriting: Rewriting, inputs: readonly ServedValue[]): Defaults {
  const { view } = rewriting
  const stored = inputs.filter(({ name }) => view.initializer(name) !== undefined || view.isSparse(name))
  if (stored.length > MAX_OPTIONAL || stored.some(({ name }) => isLarge(view.initializer(name)))) {
    fixAll(rewriting, stored)
    return { inputs: inputs.filter((input) => !stored.includes(input)), defaults: new Map() }
  }
  const defaults = new Map<string, Tensor>()
  const fixed = new Set<ServedValue>()
  for (const input of stored) {
    const found = defaultOf(rewriting, input)
    if (typeof found === 'string') {
      fixed.add(input)
      removeInput(rewriting, input.name)
      rewriting.sentences.push(`input ${quoted(input.name)} ${found}, so it always has the value that the file stores for it`)
    } else defaults.set(input.name, found)
  }
  for (const name of defaults.keys()) removeStored(rewriting, name)
  if (defaults.size > 0)
    rewriting.sentences.push(
      `${listed([...defaults.keys()])} may be left out: the stored value is passed to the runtime where a request has none, as an input that it always gets`,
    )
  return { inputs: inputs.filter((input) => !fixed.has(input)), defaults }
}

/** External data counts as large: nobody puts a setting beside the file. */
function isLarge(tensor: TensorProto | undefined): boolean {
  return tensor !== undefined && (tensor.external !== undefined || tensor.span.end - tensor.span.value > MAX_STORED_BYTES)
}

function fixAll(rewriting: Rewriting, stored: readonly ServedValue[]): void {
  for (const { name } of stored) removeInput(rewriting, name)
  rewriting.sentences.push(
    `${listed(stored.map(({ name }) => name))} ${stored.length === 1 ? 'is a weight' : 'are weights'} that the exporter listed as inputs; they keep the values that the file stores`,
  )
}

/** The default, or why there can be none. */
function defaultOf({ view, image }: Rewriting, { name, elemType, shape }: ServedValue): Tensor | string {
  const stored = view.initializer(name)
  if (stored === undefined) return 'is stored sparsely'
  if (elemTypeOf(elemType)?.datatype === undefined) return `is ${elemTypeName(elemType)}, which cannot be sent`
  const fits =
    stored.elemType === elemType &&
    (shape === undefined ||
      (shape.length === stored.dims.length && shape.every(({ size }, axis) => size === undefined || size === stored.dims[axis])))
  const value = fits ? readTensorValue(image, stored) : undefined
  return value ?? `is declared otherwise than what is stored for it, ${elemTypeName(stored.elemType)} [${stored.dims.join(', ')}]`
}

function removeInput({ view, draft }: Rewriting, name: string): void {
  for (const input of view.model.graph.inputs) if (input.name === name) draft.remove(view.frame, input.span)
}

function removeStored({ view, draft }: Rewriting, name: string): void {
  for (const tensor of view.model.graph.initializers) if (tensor.name === name) draft.remove(view.frame, tensor.span)
}

function listed(names: readonly string[]): string {
  const rest = names.length - MAX_NAMED
  const shown = names.slice(0, MAX_NAMED).map(quoted).join(', ')
  return `${names.length === 1 ? 'input' : 'inputs'} ${shown}${rest > 0 ? ` and ${rest} more` : ''}`
}
