/** AWS's own client against the real command, with what SageMaker does in between; answers are held against those of onnxruntime in Python. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  InvokeEndpointCommand,
  type InvokeEndpointCommandInput,
  ModelError,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime'
import { numbersOf, tensor } from '@slipway/protocol'
import { decodeNpy, encodeNpy } from '../../src/dialects/bodies/npy.ts'
import { openEndpoint } from '../support/e2e/sagemaker-endpoint.ts'
import { startSlipway } from '../support/e2e/slipway-process.ts'
import { example } from '../support/service.ts'

interface Golden {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

function golden(model: string, name: string): { readonly input: Golden; readonly output: Golden } {
  const { request, response } = JSON.parse(readFileSync(join(example(model), 'examples', `${name}.json`), 'utf8'))
  return { input: request.inputs[0], output: response.outputs.at(-1) }
}

const rowsOf = ({ shape, data }: Golden): readonly (readonly number[])[] => {
  const width = data.length / (shape[0] as number)
  return Array.from({ length: shape[0] as number }, (_, row) => data.slice(row * width, (row + 1) * width))
}

function assertClose(actual: readonly unknown[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  for (const [index, value] of expected.entries())
    assert.ok(Math.abs(Number(actual[index]) - value) <= 1e-5, `element ${index}: ${actual[index]}`)
}

/** A client of an endpoint, in front of the command that serves these. */
async function endpointOf(paths: readonly string[], flags: readonly string[] = []) {
  const slipway = await startSlipway({ paths, flags, env: { SLIPWAY_REPLICAS_COUNT: '1' } })
  const endpoint = await openEndpoint(slipway.url, (target) => example(target))
  const client = new SageMakerRuntimeClient({
    endpoint: endpoint.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
  })
  const stop = async () => {
    client.destroy()
    await endpoint.close()
    assert.equal(await slipway.stop(), 0)
  }
  const invoke = async (type: string, body: string | Uint8Array, more: Partial<InvokeEndpointCommandInput> = {}) => {
    const answer = await client.send(
      new InvokeEndpointCommand({
        EndpointName: 'models',
        ContentType: type,
        Body: typeof body === 'string' ? Buffer.from(body) : body,
        ...more,
      }),
    )
    return { ...answer, text: Buffer.from(answer.Body).toString('utf8') }
  }
  return { slipway, endpoint, invoke, stop }
}

const digits = await endpointOf([example('digits')])
after(digits.stop)
const four = golden('digits', 'four-rows')
const rows = rowsOf(four.input)

test('four digits get the same numbers as JSON, as a table, as lines and as an array of NumPy', async () => {
  const csv = rows.map((row) => row.join(',')).join('\n')
  const npy = encodeNpy(tensor('FP64', [4, 1, 8, 8], Float64Array.from(four.input.data)))
  for (const [type, body] of [
    ['application/json', JSON.stringify(rows)],
    ['application/json', JSON.stringify({ instances: rows })],
    ['application/json', JSON.stringify({ inputs: { image: rows } })],
    ['text/csv', csv],
    ['application/jsonlines', rows.map((row) => JSON.stringify({ features: row })).join('\n')],
    ['application/x-npy', npy],
    ['application/octet-stream', new Uint8Array(Float32Array.from(four.input.data).buffer)],
  ] as const) {
    const { text, ContentType, InvokedProductionVariant } = await digits.invoke(type, body)
    assertClose(JSON.parse(text).predictions.flat(), four.output.data)
    assert.deepEqual([ContentType, InvokedProductionVariant], ['application/json', 'AllTraffic'])
  }
})

test('the answer comes in the form that is asked for', async () => {
  const ask = (Accept: string) => digits.invoke('application/json', JSON.stringify(rows), { Accept })
  const csv = await ask('text/csv')
  assert.equal(csv.ContentType, 'text/csv')
  assertClose(
    csv.text
      .trimEnd()
      .split('\n')
      .flatMap((line) => line.split(',')),
    four.output.data,
  )
  const lines = (await ask('application/jsonlines')).text.trimEnd().split('\n')
  assertClose(
    lines.flatMap((line) => JSON.parse(line)),
    four.output.data,
  )
  const npy = decodeNpy((await ask('application/x-npy')).Body)
  assert.deepEqual(npy.shape, [4, 10])
  assertClose(numbersOf(npy), four.output.data)
})

test('a picture of a digit is told from its octets, whatever its type says', async () => {
  const picture = readFileSync(join(example('digits'), 'examples', '7.png'))
  const [named, untold] = [await digits.invoke('image/png', picture), await digits.invoke('application/octet-stream', picture)]
  const [scores] = JSON.parse(named.text).predictions
  assert.equal(scores.indexOf(Math.max(...scores)), 7)
  assert.equal(untold.text, named.text)
})

test("the caller's attributes come back, and a failure is told with the container's own status and words", async () => {
  const { CustomAttributes } = await digits.invoke('application/json', JSON.stringify(rows), {
    CustomAttributes: 'trace-id=1',
    TargetVariant: 'blue',
  })
  assert.equal(CustomAttributes, 'trace-id=1')
  const refused = (type: string, body: string, status: number, says: RegExp) =>
    assert.rejects(digits.invoke(type, body), (error) => {
      assert.ok(error instanceof ModelError)
      assert.equal(error.OriginalStatusCode, status)
      assert.match(JSON.parse(error.OriginalMessage ?? '').error, says)
      return true
    })
  await refused('application/json', '[[1,2]]', 400, /image/)
  await refused('text/html', 'x', 415, /text\/csv/)
})

test('models are loaded when they are first asked for, answer by name, and go', async () => {
  const { slipway, endpoint, invoke, stop } = await endpointOf([], ['--sagemaker-multi-model'])
  try {
    assert.equal((await fetch(`${slipway.url}/ping`)).status, 200)
    const five = golden('iris', 'five-rows')
    const flowers = await invoke(
      'text/csv',
      rowsOf(five.input)
        .map((row) => row.join(','))
        .join('\n'),
      { TargetModel: 'iris', Accept: 'text/csv' },
    )
    const lines = flowers.text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','))
    assert.deepEqual(
      lines.map(([label]) => label),
      ['setosa', 'versicolor', 'virginica', 'versicolor', 'setosa'],
    )
    assertClose(
      lines.flatMap((line) => line.slice(1)),
      five.output.data,
    )
    const other = await invoke('application/json', JSON.stringify(rows), { TargetModel: 'digits' })
    assertClose(JSON.parse(other.text).predictions.flat(), four.output.data)
    await invoke('application/json', JSON.stringify(rows), { TargetModel: 'digits' })
    assert.deepEqual(endpoint.loads, [200, 200, 409])

    const list = async () => (await (await fetch(`${slipway.url}/models`)).json()) as { models: { modelName: string; modelUrl: string }[] }
    const { models } = await list()
    assert.deepEqual(models.map(({ modelUrl }) => modelUrl).sort(), [example('digits'), example('iris')])
    const url = `${slipway.url}/models/${models[0]?.modelName}`
    assert.deepEqual(await (await fetch(url)).json(), models[0])
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 200)
    assert.equal((await fetch(url)).status, 404)
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 404)
    assert.equal((await fetch(`${url}/invoke`, { method: 'POST', body: '[]' })).status, 404)
    assert.equal((await list()).models.length, 1)
    const missing = await fetch(`${slipway.url}/models`, { method: 'POST', body: JSON.stringify({ model_name: 'none', url: '/nowhere' }) })
    assert.equal(missing.status, 404)
  } finally {
    await stop()
  }
})
