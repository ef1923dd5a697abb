import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServeError } from '@slipway/protocol'
import { createSageMaker } from '../../src/dialects/sagemaker.ts'
import type { ModelControl } from '../../src/serving/control.ts'
import { asker, bodyText } from '../contract/dialect.ts'
import { type FakeModel, MIXED, PAIRS } from '../support/revision.ts'

/** Notes what it is asked; `fails` is what loading rejects with. */
function recorded(fails?: ServeError) {
  const asked: string[] = []
  const control: ModelControl = {
    index: () => [],
    load: async (name, folder) => {
      asked.push(`load ${name} ${folder}`)
      if (fails !== undefined) throw fails
    },
    unload: async (name) => void asked.push(`unload ${name}`),
  }
  return { control, asked }
}

function ask(models: readonly FakeModel[], control: ModelControl) {
  const send = asker({
    models,
    create: (deps) => createSageMaker({ ...deps, ready: () => true, bodyLimitBytes: 1 << 20, multiModel: { control } }),
  })
  return async (method: string, target: string, body?: unknown) => {
    const response = await send({ method, target, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    return [response.status, JSON.parse(bodyText(response))] as const
  }
}

const url = '/opt/ml/models/a/model'
const load = { model_name: 'a', url }

test('a model is loaded from where SageMaker says, once', async () => {
  const { control, asked } = recorded()
  const call = ask([PAIRS], control)
  assert.deepEqual(await call('POST', '/models', load), [200, { modelName: 'a', modelUrl: url }])
  assert.deepEqual(asked, [`load a ${url}`])
  assert.equal((await call('POST', '/models', load))[0], 409)
  assert.equal((await call('POST', '/models', { model_name: 'pairs', url }))[0], 409)
  assert.equal(asked.length, 1)
})

test('what does not fit into memory is 507, and its name is free again; other reasons keep their own status', async () => {
  for (const [code, status] of [
    ['RESOURCE_EXHAUSTED', 507],
    ['NOT_FOUND', 404],
    ['INVALID_ARGUMENT', 400],
  ] as const) {
    const { control, asked } = recorded(new ServeError(code, 'the reason why'))
    const call = ask([PAIRS], control)
    for (const _ of ['first', 'again']) assert.deepEqual(await call('POST', '/models', load), [status, { error: 'the reason why' }])
    assert.deepEqual(asked, [`load a ${url}`, 'unload a', `load a ${url}`, 'unload a'])
  }
})

test('a request that names no model or no place is refused in words', async () => {
  const { control, asked } = recorded()
  const call = ask([PAIRS], control)
  for (const body of [[], { url }, { model_name: 'a' }, { model_name: 7, url }, { model_name: '../a', url }])
    assert.equal((await call('POST', '/models', body))[0], 400)
  assert.deepEqual(asked, [])
})

test('models are listed by name, page by page', async () => {
  const many = Array.from({ length: 150 }, (_, index) => ({ ...PAIRS, name: `m${String(index).padStart(3, '0')}` }))
  const call = ask(many, recorded().control)
  const [, first] = await call('GET', '/models')
  assert.equal(first.models.length, 100)
  assert.deepEqual(first.models[0], { modelName: 'm000', modelUrl: '/opt/ml/models/m000/model' })
  const [, second] = await call('GET', `/models?next_page_token=${first.nextPageToken}`)
  assert.deepEqual([second.models.length, second.models[0].modelName, 'nextPageToken' in second], [50, 'm100', false])
})

test('one model is shown, asked and deleted by its name; another is 404', async () => {
  const { control, asked } = recorded()
  const call = ask([PAIRS, MIXED], control)
  assert.deepEqual(await call('GET', '/models/pairs'), [200, { modelName: 'pairs', modelUrl: '/opt/ml/models/pairs/model' }])
  assert.deepEqual(
    await call('POST', '/models/pairs/invoke', [
      [1, 2],
      [3, 4],
    ]),
    [
      200,
      {
        predictions: [
          [2, 4],
          [6, 8],
        ],
      },
    ],
  )
  assert.equal((await call('DELETE', '/models/pairs'))[0], 200)
  assert.deepEqual(asked, ['unload pairs'])
  for (const [method, target] of [
    ['GET', '/models/none'],
    ['DELETE', '/models/none'],
    ['POST', '/models/none/invoke'],
  ] as const)
    assert.equal((await call(method, target, method === 'POST' ? [[1, 2]] : undefined))[0], 404)
})

test('without the marker there is no such API', async () => {
  const send = asker({ models: [PAIRS], create: (deps) => createSageMaker({ ...deps, ready: () => true, bodyLimitBytes: 1 << 20 }) })
  assert.equal((await send({ target: '/models', body: JSON.stringify(load) })).status, 404)
})
