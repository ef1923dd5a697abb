/** Wire formats that frameworks and packagers brought with them, as clients write them by hand. */
import type { FrameworkOptions } from './framework-test.ts'
import { flat, nested, postJson } from './framework-test.ts'

type Dialect = NonNullable<FrameworkOptions['dialect']>

/** `{"instances": …}` of one input; rows of predictions, by output where there are several. */
export const tfServing: Dialect = {
  name: 'TensorFlow Serving',
  ask: async ({ url, model, own }) => {
    const [x] = own.inputs
    const answer = await postJson(`${url}/v1/models/${model}:predict`, { instances: nested(x?.data ?? [], x?.shape ?? []) })
    const { predictions } = answer as { readonly predictions: readonly unknown[] }
    const [only, another] = own.outputs
    if (only !== undefined && another === undefined) return flat(predictions)
    return own.outputs.flatMap(({ name }) => predictions.flatMap((row) => flat((row as Record<string, unknown>)[name])))
  },
}

/** `{"inputs": …}` by name, nested as the shapes are; outputs by name. */
export const plain: Dialect = {
  name: 'plain',
  ask: async ({ url, model, own }) => {
    const inputs = Object.fromEntries(own.inputs.map(({ name, data, shape }) => [name, nested(data, shape)]))
    const answer = await postJson(`${url}/api/v1/models/${model}/predict`, { inputs })
    const { outputs } = answer as { readonly outputs: Readonly<Record<string, unknown>> }
    return own.outputs.flatMap(({ name }) => flat(outputs[name]))
  },
}
