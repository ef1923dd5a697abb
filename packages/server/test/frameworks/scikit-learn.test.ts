/** scikit-learn, served as it is. */
import { flat, frameworkTest, nested, postJson } from '../support/framework-test.ts'

frameworkTest({
  framework: 'scikit-learn',
  distribution: 'scikit-learn',
  way: 'as it is',
  project: 'scikit-learn',
  packager: 'slipway',
  tolerance: 0,
  dialect: {
    name: 'TensorFlow Serving',
    ask: async ({ url, model, own }) => {
      const [x] = own.inputs
      const instances = nested(x?.data ?? [], x?.shape ?? [])
      const answer = await postJson(`${url}/v1/models/${model}:predict`, { instances })
      const rows = (answer as { readonly predictions: readonly Record<string, unknown>[] }).predictions
      return own.outputs.flatMap(({ name }) => rows.flatMap((row) => flat(row[name])))
    },
  },
})
