/** The version of the engine that is installed, read without loading it. */
import { createRequire } from 'node:module'

/** Such as `onnxruntime 1.30.0`. */
export function engineVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string }
  return `onnxruntime ${version}`
}
