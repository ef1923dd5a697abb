/** Vertex AI, Azure ML, TorchServe, Cog, Seldon and the plain API through the real command, against what onnxruntime in Python answers. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type SlipwayProcess, startSlipway } from '../support/e2e/slipway-process.ts'
import { form } from '../support/form.ts'
import { example } from '../support/service.ts'

interface Golden {
  readonly request: { readonly inputs: readonly { readonly data: readonly number[] }[] }
  readonly response: { readonly outputs: readonly { readonly data: readonly number[] }[] }
}

const file = (name: string) => readFileSync(join(example('digits'), 'examples', name))
const golden = (name: string) => JSON.parse(file(name).toString()) as Golden
const four = golden('four-rows.json')
/** Four images of 8 × 8, and what they get. */
const rows = Array.from({ length: 4 }, (_, row) => four.request.inputs[0]?.data.slice(row * 64, (row + 1) * 64) ?? [])
const scores = four.response.outputs[0]?.data ?? []
const nested = rows.map((row) => [Array.from({ length: 8 }, (_, line) => row.slice(line * 8, (line + 1) * 8))])
const seven = file('7.png')
const sevenScores = golden('drawn-seven.json').response.outputs[0]?.data ?? []

let slipway: SlipwayProcess
before(async () => {
  slipway = await startSlipway({
    paths: [example('digits'), example('iris')],
    flags: ['--default-model', 'digits'],
    env: { SLIPWAY_REPLICAS_COUNT: '1' },
  })
})
after(async () => assert.equal(await slipway?.stop(), 0))

async function send(
  method: string,
  path: string,
  { body, headers = {} }: { readonly body: string | Uint8Array; readonly headers?: Readonly<Record<string, string>> },
) {
  const answer = await fetch(`${slipway.url}${path}`, { method, headers, body: typeof body === 'string' ? body : Buffer.from(body) })
  const octets = Buffer.from(await answer.arrayBuffer())
  assert.equal(answer.status, 200, octets.toString())
  return { octets, headers: answer.headers }
}

async function asked(path: string, value: unknown): Promise<unknown> {
  const { octets } = await send('POST', path, { body: JSON.stringify(value), headers: { 'content-type': 'application/json' } })
  return JSON.parse(octets.toString())
}

function assertClose(actual: unknown, expected: readonly number[]): void {
  const numbers = (actual as readonly unknown[]).flat(4) as readonly number[]
  assert.equal(numbers.length, expected.length)
  for (const [index, value] of expected.entries())
    assert.ok(Math.abs((numbers[index] as number) - value) <= 1e-5, `element ${index}: expected ${value}, got ${numbers[index]}`)
}

const at = (key: string) => (answer: unknown) => (answer as Readonly<Record<string, unknown>>)[key]
const data = (kind: string) => (answer: unknown) => at(kind)(at('data')(answer))

const FOUR: readonly (readonly [string, string, unknown, (answer: unknown) => unknown])[] = [
  ['Vertex AI', '/v1/endpoints/1/deployedModels/2:predict', { instances: nested }, at('predictions')],
  [
    'Vertex AI, flat rows by name',
    '/v1/endpoints/1/deployedModels/2:predict',
    { instances: rows.map((image) => ({ image })) },
    at('predictions'),
  ],
  ['Azure ML, data', '/score', { data: nested }, (answer) => answer],
  [
    'Azure ML, a data frame',
    '/score',
    { input_data: { columns: rows[0]?.map((_, index) => index), index: [0, 1, 2, 3], data: rows } },
    (answer) => answer,
  ],
  ['TorchServe', '/predictions/digits', nested, (answer) => answer],
  ['TorchServe, instances', '/predictions/digits/1', { instances: rows }, at('predictions')],
  ['Cog', '/predictions', { input: { image: nested } }, at('output')],
  ['Seldon, ndarray', '/api/v1.0/predictions', { data: { ndarray: rows } }, data('ndarray')],
  [
    'Seldon, tensor',
    '/seldon/any/digits/api/v0.1/predictions',
    { data: { tensor: { shape: [4, 1, 8, 8], values: rows.flat() } } },
    (answer) => at('values')(data('tensor')(answer)),
  ],
  ['plain', '/api/v1/models/digits/predict', { inputs: { image: nested } }, (answer) => at('probabilities')(at('outputs')(answer))],
]
for (const [name, path, body, take] of FOUR)
  test(`${name}: four digits get what onnxruntime gives`, async () => assertClose(take(await asked(path, body)), scores))

/** A picture, however the dialect carries one, and where its scores are. */
const base64 = seven.toString('base64')
const PICTURE: readonly (readonly [string, string, unknown, (answer: unknown) => unknown])[] = [
  ['Vertex AI', '/v1/endpoints/1/deployedModels/2:predict', { instances: [{ b64: base64 }] }, at('predictions')],
  ['Azure ML', '/score', { data: [{ image: { b64: base64 } }] }, (answer) => answer],
  ['Cog', '/predictions', { input: { image: `data:image/png;base64,${base64}` } }, at('output')],
  ['Seldon', '/api/v1.0/predictions', { binData: base64 }, (answer) => at('values')(data('tensor')(answer))],
]
for (const [name, path, body, take] of PICTURE)
  test(`${name}: a picture gets what onnxruntime gives`, async () => assertClose(take(await asked(path, body)), sevenScores))

test('TorchServe: a picture, by type, by PUT without one, and in a form, gets the five best labels', async () => {
  for (const [method, request] of [
    ['POST', { body: seven, headers: { 'content-type': 'image/png' } }],
    ['PUT', { body: seven }],
    ['POST', form([{ name: 'data', filename: '7.png', type: 'image/png', bytes: seven }])],
  ] as const) {
    const labels = JSON.parse((await send(method, '/predictions/digits', request)).octets.toString())
    assert.equal(Object.keys(labels).length, 5)
    assert.ok(Math.abs(labels[7] - (sevenScores[7] ?? 0)) <= 1e-5, JSON.stringify(labels))
  }
})

test('PUT of a name that is no model is a prediction of Cog', async () => {
  const { octets } = await send('PUT', '/predictions/abc-1', { body: JSON.stringify({ input: { image: nested } }) })
  const { id, output } = JSON.parse(octets.toString())
  assert.equal(id, 'abc-1')
  assertClose(output, scores)
})

test('plain: a table or a form in, a table or an array out', async () => {
  const csv = rows.map((row) => row.join(',')).join('\n')
  const table = await send('POST', '/api/v1/models/digits/predict', {
    body: csv,
    headers: { 'content-type': 'text/csv', accept: 'text/csv' },
  })
  assertClose(
    table.octets
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(',').map(Number)),
    scores,
  )
  const { headers, body } = form([{ name: 'image', filename: '7.png', type: 'image/png', bytes: seven }])
  const array = await send('POST', '/api/v1/models/digits/predict', { body, headers: { ...headers, accept: 'application/x-npy' } })
  assertClose([...new Float32Array(Uint8Array.from(array.octets.subarray(-40)).buffer)], sevenScores)
})

test('a table of flowers by the names of its columns, in any order', async () => {
  const columns = ['petal width (cm)', 'sepal length (cm)', 'sepal width (cm)', 'petal length (cm)']
  const flowers = [
    [1.4, 5.2, 2.7, 3.9],
    [0.2, 5.1, 3.5, 1.4],
  ]
  const { octets } = await send('POST', '/api/v1/models/iris/predict', {
    body: [columns, ...flowers].map((row) => row.join(',')).join('\n'),
    headers: { 'content-type': 'text/csv' },
  })
  assert.deepEqual(JSON.parse(octets.toString()).outputs.output_label, ['versicolor', 'setosa'])
})
