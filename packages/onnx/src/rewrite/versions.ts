/** Lowers version numbers that the runtime does not read yet, where the model uses nothing that they brought. */
import { MAX_IR_VERSION, MAX_OPSET, RUNTIME } from '../check/runtime-range.ts'
import type { ModelProto } from '../proto/model-proto.ts'
import { nodesWithin } from '../proto/walk.ts'
import { field, integerField } from '../proto/wire-writer.ts'
import type { Rewriting } from './rewriting.ts'

/**
 * IR 14 added element types (which are refused by themselves) and opaque types in more builds: a file without either is one of IR 13.
 * Source: the comments at `enum Version` in onnx.proto.
 */
const LOWERABLE_IR = 14

/** Operators of ONNX's own domain that each opset after the runtime's newest added or changed. Source: onnx.defs of onnx 1.23. */
const CHANGED: ReadonlyMap<number, readonly string[]> = new Map([
  [27, ['CausalConvWithState', 'LinearAttention', 'Range']],
  [
    28,
    [
      'BitShift',
      'Cast',
      'Celu',
      'Compress',
      'DepthToSpace',
      'DequantizeLinear',
      'Einsum',
      'Mod',
      'OneHot',
      'Optional',
      'OptionalGetElement',
      'OptionalHasElement',
      'QuantizeLinear',
      'ReduceLogSum',
      'ReduceLogSumExp',
      'ReverseSequence',
      'SpaceToDepth',
      'SwiGLU',
      'Unique',
    ],
  ],
])

export interface Versions {
  readonly ir: number
  /** Of ONNX's own domain; undefined where the file does not import it. */
  readonly opset: number | undefined
}

/** The versions that the model can be said to have. Those that cannot be lowered stay, for the check to refuse. */
export function loweredVersions(model: ModelProto): Versions {
  const opset = model.opsets.find(({ domain }) => domain === '')?.version
  return {
    ir: model.irVersion === LOWERABLE_IR ? MAX_IR_VERSION : model.irVersion,
    opset: opset !== undefined && opset > MAX_OPSET && mayLower(model, opset) ? MAX_OPSET : opset,
  }
}

function mayLower(model: ModelProto, opset: number): boolean {
  // A function brings its own imports, and its body is written in those.
  if (model.functions.length > 0) return false
  const changed = new Set<string>()
  for (let version = MAX_OPSET + 1; version <= opset; version++) {
    const names = CHANGED.get(version)
    if (names === undefined) return false
    for (const name of names) changed.add(name)
  }
  for (const { domain, opType } of nodesWithin(model.graph.nodes)) if (domain === '' && changed.has(opType)) return false
  return true
}

/** Writes the lowered versions into the file. */
export function rewriteVersions(rewriting: Rewriting, versions: Versions): void {
  const { model } = rewriting.view
  if (model.irVersionSpan !== undefined && versions.ir !== model.irVersion) {
    rewriting.draft.replace(undefined, model.irVersionSpan, integerField(1, versions.ir))
    rewriting.sentences.push(
      `IR version ${model.irVersion} was lowered to ${versions.ir}, the newest that ${RUNTIME} reads; the model uses nothing newer`,
    )
  }
  for (const { domain, version, span } of model.opsets) {
    if (domain !== '' || versions.opset === undefined || version === versions.opset) continue
    rewriting.draft.replace(undefined, span, field(8, [field(1, ''), integerField(2, versions.opset)]))
    rewriting.sentences.push(
      `opset ${version} was lowered to ${versions.opset}, the newest that ${RUNTIME} reads; no operator of the model changed since`,
    )
  }
}
