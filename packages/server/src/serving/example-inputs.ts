/** The inputs of a package's golden examples, for warm-up and for the proof that batching is harmless. */
import { decodeInferRequest, type Tensors, tensor } from '@slipway/protocol'
import type { ModelPackage } from '../models/package.ts'

/** One for each example that can be read; those that cannot have been warned of when the package was opened. */
export function exampleInputs(pkg: ModelPackage): readonly Tensors[] {
  return pkg.examples.flatMap(({ file, request }) => {
    if (file !== undefined) {
      const image = pkg.transforms[0]
      return image === undefined ? [] : [new Map([[image.input, tensor('BYTES', [1], [file.bytes])]])]
    }
    try {
      return [decodeInferRequest(Buffer.from(JSON.stringify(request)), { model: pkg.name }).request.inputs]
    } catch {
      return []
    }
  })
}
