/** The inputs of a package's golden examples: for warm-up, for the proof that batching is harmless, and for golden tests. */
import { decodeInferRequest, type Tensors, tensor } from '@slipway/protocol'
import type { Example } from '../models/examples.ts'
import type { ModelPackage } from '../models/package.ts'

/** One for each example that can be read; those that cannot have been warned of when the package was opened. */
export function exampleInputs(pkg: ModelPackage): readonly Tensors[] {
  return pkg.examples.flatMap((example) => {
    const inputs = inputsOf(example, pkg)
    return inputs === undefined ? [] : [inputs]
  })
}

/** Undefined where it cannot be read. */
export function inputsOf({ file, request }: Example, { name, transforms: [image] }: ModelPackage): Tensors | undefined {
  if (file !== undefined) return image === undefined ? undefined : new Map([[image.input, tensor('BYTES', [1], [file.bytes])]])
  try {
    return decodeInferRequest(Buffer.from(JSON.stringify(request)), { model: name }).request.inputs
  } catch {
    return undefined
  }
}
