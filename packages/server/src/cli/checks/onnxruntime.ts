import { type Check, ok } from './check.ts'
import { loadNative } from './native-module.ts'

/** Without it no model runs. */
export const onnxruntime: Check = {
  name: 'ONNX Runtime',
  run: async () => {
    try {
      const versions = await loadNative('onnxruntime-node')
      return ok(`onnxruntime-node ${versions.node ?? versions.common ?? 'of unknown version'} loads`)
    } catch (error) {
      return {
        status: 'failed',
        what: 'onnxruntime-node does not load',
        why: `${(error as Error).message}. Its libraries need a 64-bit Linux with glibc, macOS or Windows.`,
        next: 'npm ci --ignore-scripts',
      }
    }
  },
}
