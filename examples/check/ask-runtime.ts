/** Asks a model without a server: the package's own file in onnxruntime-node. */
import { decodeInferRequest, encodeInferResponse, type Tensors, tensor } from '@slipway/protocol'
import type { Example } from '../../packages/server/src/models/examples.ts'
import type { ModelPackage } from '../../packages/server/src/models/package.ts'
import { onnxRuntime } from '../../packages/server/src/runtimes/onnx.ts'
import { inputTransform } from '../../packages/server/src/transforms/catalog.ts'
import { outputsOf } from './outputs.ts'
import type { Ask } from './run.ts'

/** Opens the model once; each example is one run. */
export async function askRuntime(model: ModelPackage): Promise<Ask> {
  const { signature } = model.facts
  const session = await onnxRuntime.open(model.modelPath, {
    threads: 1,
    spinning: false,
    providers: [{ name: 'cpu', options: {} }],
    signature,
  })
  const transform = await inputTransform(model.transforms, signature)
  return {
    async answer(example) {
      const inputs = inputsOf(model, example)
      const outputs = await session.run(transform === undefined ? inputs : await transform(inputs))
      const response = { model: model.name, version: model.version, outputs, phases: {}, batchRows: 1 }
      const { body } = encodeInferResponse(response, { binaryOutput: () => false })
      return outputsOf(JSON.parse(new TextDecoder().decode(body)))
    },
    close: () => session.close(),
  }
}

function inputsOf({ name, transforms }: ModelPackage, { file, request }: Example): Tensors {
  if (file === undefined) return decodeInferRequest(new TextEncoder().encode(JSON.stringify(request)), { model: name }).request.inputs
  const [image] = transforms
  if (image === undefined) throw new TypeError(`${name} has no input of kind image, so no example can be the file ${file.name}`)
  return new Map([[image.input, tensor('BYTES', [1], [file.bytes])]])
}
