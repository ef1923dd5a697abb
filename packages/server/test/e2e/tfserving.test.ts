/** TensorFlow Serving's and KServe V1's calls of the example models, through the real command, against what onnxruntime in Python answers. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type SlipwayProcess, startSlipway } from '../support/e2e/slipway-process.ts'
import { example } from '../support/service.ts'

interface GoldenTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

function golden(model: string, name: string): { readonly input: GoldenTensor; readonly output: GoldenTensor } {
  const { request, response } = JSON.parse(readFileSync(join(example(model), 'examples', `${name}.json`), 'utf8'))
  return { input: request.inputs[0], output: response.outputs.at(-1) }
}

/** The elements in arrays nested by the shape. */
function nested({ shape, data }: GoldenTensor): unknown {
  let values: readonly unknown[] = data
  for (const size of shape.slice(1).toReversed())
    values = Array.from({ length: values.length / size }, (_, index) => values.slice(index * size, (index + 1) * size))
  return values
}

function assertClose(actual: unknown, expected: readonly number[]): void {
  const numbers = (actual as readonly unknown[]).flat(4) as readonly number[]
  assert.equal(numbers.length, expected.length)
  for (const [index, value] of expected.entries()) assert.ok(Math.abs((numbers[index] as number) - value) <= 1e-5, `element ${index}`)
}

let slipway: SlipwayProcess
before(async () => {
  slipway = await startSlipway({ paths: [example('digits'), example('iris')], env: { SLIPWAY_REPLICAS_COUNT: '1' } })
})
after(async () => assert.equal(await slipway?.stop(), 0))

type Flower = { readonly output_label: string; readonly output_probability: readonly number[] }
interface Answer {
  /** As the test's model gives them. */
  readonly predictions: readonly Flower[] & readonly (readonly number[])[]
  readonly outputs: readonly (readonly number[])[]
  readonly results: readonly (readonly (readonly [string, number])[])[]
}

async function ask(path: string, body?: unknown) {
  const init = body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }
  const answer = await fetch(`${slipway.url}${path}`, init)
  return { status: answer.status, body: (await answer.json()) as Answer }
}

const four = golden('digits', 'four-rows')

test('four digits by row, nested and flat, get what onnxruntime gives', async () => {
  const rows = nested(four.input) as readonly (readonly unknown[])[]
  for (const instances of [rows, rows.map((row) => row.flat(2)), rows.map((image) => ({ image }))]) {
    const { status, body } = await ask('/v1/models/digits:predict', { signature_name: 'serving_default', instances })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body.predictions.length, 4)
    assertClose(body.predictions, four.output.data)
  }
})

test('four digits by column, of a pinned version, get the same', async () => {
  const { body } = await ask('/v1/models/digits/versions/1:predict', { inputs: { image: nested(four.input) } })
  assertClose(body.outputs, four.output.data)
})

test('a picture in base64 is read in place of numbers', async () => {
  const b64 = readFileSync(join(example('digits'), 'examples', '7.png')).toString('base64')
  for (const instance of [{ b64 }, { image: { b64 } }]) {
    const { status, body } = await ask('/v1/models/digits:predict', { instances: [instance] })
    assert.equal(status, 200, JSON.stringify(body))
    const scores = body.predictions[0] as readonly number[]
    assert.equal(scores.indexOf(Math.max(...scores)), 7)
  }
})

test('classify names the labels with the scores that onnxruntime gives', async () => {
  const { input, output } = golden('digits', 'three')
  const { status, body } = await ask('/v1/models/digits:classify', { examples: [{ image: input.data }] })
  assert.equal(status, 200, JSON.stringify(body))
  const [pairs] = body.results
  assert.deepEqual(
    pairs?.map(([label]) => label),
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  )
  assertClose(
    pairs?.map(([, score]) => score),
    output.data,
  )
})

test('features by the names of their columns make a row of a table', async () => {
  const names = ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)']
  const rows = [
    [5.2, 2.7, 3.9, 1.4],
    [5.1, 3.5, 1.4, 0.2],
  ]
  const named = rows.map((row) => Object.fromEntries(row.map((value, column) => [names[column], value])))
  const { body: plain } = await ask('/v1/models/iris:predict', { instances: rows })
  const { body: byName } = await ask('/v1/models/iris:predict', { instances: named })
  const { body: classes } = await ask('/v1/models/iris:classify', { examples: named })
  assert.deepEqual(
    plain.predictions.map((row) => row.output_label),
    ['versicolor', 'setosa'],
  )
  assert.deepEqual(byName, plain)
  assertClose(plain.predictions[0]?.output_probability, [0.07243708, 0.8266352, 0.10092769])
  assert.deepEqual(
    classes.results.map((pairs) => pairs.map(([, score]) => score)),
    plain.predictions.map((row) => row.output_probability),
  )
})

test('status and list answer both clients', async () => {
  assert.deepEqual(await ask('/v1/models'), { status: 200, body: { models: ['digits', 'iris'] } })
  assert.deepEqual(await ask('/v1/models/digits'), {
    status: 200,
    body: {
      name: 'digits',
      ready: true,
      model_version_status: [{ version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }],
    },
  })
})

test('a refusal is in the shape and status of TensorFlow Serving', async () => {
  for (const [path, status] of [
    ['/v1/models/half:predict', 404],
    ['/v1/models/digits/labels/canary:predict', 404],
    ['/v1/models/digits:predict', 400],
  ] as const) {
    const answer = await ask(path, { instances: [[1, 2]] })
    assert.equal(answer.status, status)
    assert.deepEqual(Object.keys(answer.body), ['error'])
  }
})
