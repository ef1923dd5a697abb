/** What ONNX Runtime 1.30, the version that is installed beside this package, reads; found by trying each number. */

import type { ModelProto } from '../proto/model-proto.ts'
import { refusal } from '../refusal.ts'

export const RUNTIME = 'ONNX Runtime 1.30'
export const MAX_IR_VERSION = 13
export const MAX_OPSET = 26

/** The domains that the runtime has operators of, with the newest opset of each. */
export const DOMAINS: ReadonlyMap<string, number> = new Map([
  ['', MAX_OPSET],
  ['ai.onnx.ml', 5],
  ['ai.onnx.training', 1],
  ['ai.onnx.preview.training', 1],
  ['com.microsoft', 1],
  ['com.microsoft.nchwc', 1],
])

/** Versions as they are after what can be lowered has been; throws for those that the runtime would not read. */
export function checkVersions(model: ModelProto, versions: { readonly ir: number; readonly opset: number | undefined }): void {
  if (model.irVersion < 1) throw refusal('the file names no IR version: it is no ONNX model, or it was cut short; export or copy it again')
  if (versions.ir > MAX_IR_VERSION)
    throw refusal(
      `the model has IR version ${versions.ir}; ${RUNTIME} reads up to ${MAX_IR_VERSION}: set model.ir_version = ${MAX_IR_VERSION} when exporting`,
    )
  if (model.opsets.length === 0)
    throw refusal('the file imports no operator set: it was cut short, or its exporter is broken; export or copy it again')
  const imports = [...model.opsets, ...model.functions.flatMap(({ opsets }) => opsets)]
  for (const { domain, version } of imports) {
    const newest = DOMAINS.get(domain)
    const asked = domain === '' ? Math.min(version, versions.opset ?? version) : version
    if (version < 1) throw refusal(`the model imports opset ${version} of ${domainName(domain)}; opsets start at 1`)
    if (newest !== undefined && asked > newest)
      throw refusal(
        `the model uses opset ${version} of ${domainName(domain)}; ${RUNTIME} reads up to ${newest}: export it with target opset ${newest} or lower`,
      )
  }
}

/** A domain as an error names it. */
export function domainName(domain: string): string {
  return domain === '' ? 'ai.onnx' : domain
}
