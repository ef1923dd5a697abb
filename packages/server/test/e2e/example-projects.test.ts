/** The projects of other packagers in examples/projects, served unmodified by the real command and asked as their own clients ask. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { ModelInfo } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { startSlipway, until } from '../support/e2e/slipway-process.ts'
import type { Message } from '../support/grpc.ts'
import { ENVIRONMENTS } from '../support/python.ts'

const PROJECTS = fileURLToPath(new URL('../../../../examples/projects', import.meta.url))
const LOCAL = { SLIPWAY_ENVIRONMENTS_FOLDER: ENVIRONMENTS, SLIPWAY_STORE_URL: 'memory:', SLIPWAY_REPLICAS_COUNT: '1' }
/** The packages are downloaded once on a machine. */
const BUILD_LIMIT_MS = 4 * 60_000

async function served(project: string, story: (url: string) => Promise<void>): Promise<void> {
  const flags = ['--default-model', project]
  const slipway = await startSlipway({ paths: [`${PROJECTS}/${project}`], flags, env: LOCAL, until: 'live' })
  try {
    const ready = async () => (await fetch(`${slipway.url}/v2/health/ready`)).ok
    await until(ready, 'its environment to be built, and the model to be open', BUILD_LIMIT_MS)
    await story(slipway.url)
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${slipway.printed()}`, { cause: error })
  } finally {
    await slipway.stop()
  }
}

async function post(url: string, body: string, type = 'application/json'): Promise<{ readonly status: number; readonly body: Message }> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })
  return { status: answer.status, body: (await answer.json()) as Message }
}

async function packagerOf(url: string, model: string): Promise<unknown> {
  const { python } = (await (await fetch(`${url}/api/v1/models/${model}`)).json()) as ModelInfo
  return [python?.packager, python?.signatureFrom.inputs]
}

describe('an example project', needs('python'), () => {
  test('of Cog reads pictures, as Cog’s own clients send them', () =>
    served('cog-digits', async (url) => {
      assert.deepEqual(await packagerOf(url, 'cog-digits'), ['cog', 'Cog'])
      for (const digit of [3, 7]) {
        const picture = await readFile(`${PROJECTS}/cog-digits/pictures/${digit}.png`)
        const input = { image: `data:image/png;base64,${picture.toString('base64')}` }
        const { status, body } = await post(`${url}/predictions`, JSON.stringify({ input }))
        assert.equal(status, 200)
        assert.deepEqual([body.status, body.output.digit], ['succeeded', digit])
        assert.ok(body.output.probability > 0.5, `${body.output.probability}`)
        const dark = await post(`${url}/predictions`, JSON.stringify({ input: { ...input, dark_ink: true } }))
        assert.notEqual(dark.body.output.probability, body.output.probability, 'the optional input is used')
      }
    }))

  test('of Truss takes a JSON value and gives one', () =>
    served('truss-wine', async (url) => {
      assert.deepEqual(await packagerOf(url, 'truss-wine'), ['truss', 'Truss'])
      assert.equal(((await (await fetch(`${url}/v2/models/truss-wine`)).json()) as Message).platform, 'python')
      const wine = JSON.parse(await readFile(`${PROJECTS}/truss-wine/wine.json`, 'utf8')) as Message
      const ask = (value: unknown) => post(`${url}/v1/models/model:predict`, JSON.stringify(value))
      const { body: answer } = await ask(wine)
      assert.deepEqual(answer.predictions, ['class_0', 'class_1', 'class_2'])
      assert.equal(answer.probabilities.length, 3)
      const { hue, ...rest } = wine.inputs[0]
      assert.ok(hue > 0)
      const refused = await ask({ inputs: [rest] })
      assert.equal(refused.status, 400)
      assert.match(refused.body.error, /each of inputs needs hue/)
      const text = { name: 'input', datatype: 'BYTES', shape: [1], data: [JSON.stringify(wine)] }
      const { body } = await post(`${url}/v2/models/truss-wine/infer`, JSON.stringify({ inputs: [text] }))
      assert.deepEqual(JSON.parse(body.outputs[0].data[0]), answer)
    }))

  test('of SageMaker answers /invocations, and each row the same whether alone or not', () =>
    served('sagemaker-diabetes', async (url) => {
      assert.deepEqual(await packagerOf(url, 'sagemaker-diabetes'), ['sagemaker', 'the manifest'])
      const example = JSON.parse(await readFile(`${PROJECTS}/sagemaker-diabetes/examples/two-patients.json`, 'utf8')) as Message
      const [{ data: measured }] = example.request.inputs
      const [{ data: expected }] = example.response.outputs
      const rows = [measured.slice(0, 10), measured.slice(10)]
      const near = (got: number, wanted: number) => assert.ok(Math.abs(got - wanted) <= example.tolerance, `${got} is not ${wanted}`)
      const both = await post(`${url}/invocations`, JSON.stringify(rows))
      assert.equal(both.status, 200)
      for (const [index, row] of rows.entries()) {
        near(both.body[index], expected[index])
        const alone = await post(`${url}/invocations`, row.join(','), 'text/csv')
        near(alone.body[0], expected[index])
      }
    }))
})
