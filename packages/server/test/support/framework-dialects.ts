/** Wire formats that frameworks and packagers brought with them, as clients write them by hand. */
import { type Dialect, flat, nested, postJson } from './framework-test.ts'

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

/** One row a call, files as data: URLs; the fields of its answer. */
export const cog: Dialect = {
  name: 'Cog',
  ask: async ({ url, own }) => {
    const rows = Array.from({ length: own.inputs[0]?.shape[0] ?? 0 }, async (_, row) => {
      const values = own.inputs.map(({ name, data, parameters }) => {
        const value = data[row]
        return [name, parameters === undefined ? value : `data:application/octet-stream;base64,${value}`] as const
      })
      const { output } = (await postJson(`${url}/predictions`, { input: Object.fromEntries(values) })) as { readonly output: unknown }
      return output as Record<string, unknown>
    })
    const outputs = await Promise.all(rows)
    return own.outputs.flatMap(({ name }) => outputs.flatMap((output) => flat(output[name])))
  },
}

/** Rows as JSON; what output_fn writes. */
export const sagemaker: Dialect = {
  name: 'SageMaker',
  ask: async ({ url, own }) => {
    const [x] = own.inputs
    const answer = await postJson(`${url}/invocations`, nested(x?.data ?? [], x?.shape ?? []))
    return flat(answer)
  },
}

/** A table of named columns. */
export const mlflow: Dialect = {
  name: 'MLflow',
  ask: async ({ url, own }) => {
    const columns = own.inputs.map(({ name }) => name)
    const data = Array.from({ length: own.inputs[0]?.shape[0] ?? 0 }, (_, row) => own.inputs.map((input) => input.data[row]))
    const answer = await postJson(`${url}/invocations`, { dataframe_split: { columns, data } })
    return flat((answer as { readonly predictions: unknown }).predictions)
  },
}

/** The JSON value itself, in and out; the answer is the text that the model's own process would write. */
export const truss: Dialect = {
  name: 'Truss',
  ask: async ({ url, own }) => {
    const body = String(own.inputs[0]?.data[0])
    const answer = await fetch(`${url}/v1/models/model:predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    return [await answer.text()]
  },
}

/** The method's parameters by name, whole tensors; its answer, bare. */
export const bentoml: Dialect = {
  name: 'BentoML',
  ask: async ({ url, own }) => {
    const parameters = Object.fromEntries(own.inputs.map(({ name, data, shape }) => [name, nested(data, shape)]))
    return flat(await postJson(`${url}/classify`, parameters))
  },
}
