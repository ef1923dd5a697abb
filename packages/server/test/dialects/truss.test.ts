import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTfServing, type TfServingDeps } from '../../src/dialects/tfserving.ts'
import { createTruss } from '../../src/dialects/truss.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { type FakeModel, PAIRS, TEXTS } from '../support/revision.ts'

const spec = (name: string) => ({ name, datatype: 'BYTES', shape: [1], symbols: [null] }) as const
/** Gives back the JSON that it gets. */
const WINE: FakeModel = {
  name: 'wine',
  packager: 'truss',
  signature: { inputs: [spec('input')], outputs: [spec('output')] },
}
const setUp: DialectSetUp = { models: [WINE], create: createTruss }
const json = (value: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })
const asked = { inputs: [{ alcohol: 13.2 }], instances: 'no key means anything here' }

testDialect('truss', setUp, {
  errorText: (response) => {
    const { error } = JSON.parse(bodyText(response))
    return error
  },
  good: [
    {
      name: 'any JSON by the name that a Truss gives every model',
      request: { target: '/v1/models/model:predict', ...json(asked) },
      answer: asked,
    },
    {
      name: 'any JSON by its own name',
      request: { target: '/v1/models/wine:predict', ...json([1, 'two', null]) },
      answer: [1, 'two', null],
    },
    { name: 'any JSON on the path of the host', request: { target: '/production/predict', ...json('text') }, answer: 'text' },
  ],
  bad: [],
})

test('truss: says that its model is there', async () => {
  for (const target of ['/v1/models/model', '/v1/models/model/loaded'])
    assert.equal((await asker(setUp)({ method: 'GET', target })).status, 200, target)
})

test('truss: what is no Truss stays with TensorFlow Serving, and is refused on the path of the host', async () => {
  const tensors: FakeModel = { ...WINE, name: 'told', signature: PAIRS.signature }
  const about = { models: () => [], versions: () => [] } as unknown as TfServingDeps
  for (const model of [PAIRS, TEXTS, tensors]) {
    const ask = asker({
      models: [model],
      create: (deps) => ({ name: 'both', routes: [...createTruss(deps).routes, ...createTfServing({ ...about, ...deps }).routes] }),
    })
    const instances = model === TEXTS ? ['a'] : [[1, 2]]
    const named = await ask({ target: `/v1/models/${model.name}:predict`, ...json({ instances }) })
    assert.deepEqual(JSON.parse(bodyText(named)), { predictions: model === TEXTS ? ['a'] : [[2, 4]] })
    assert.equal((await ask({ target: '/v1/models/model:predict', ...json({ instances }) })).status, 404)
    const host = await ask({ target: '/production/predict', ...json({ instances }) })
    assert.equal(host.status, 400)
    assert.match(bodyText(host), /is no Truss; ask it by its own name/)
    assert.equal((await ask({ method: 'GET', target: '/v1/models/model/loaded' })).status, 404)
  }
})

test('truss: a model that bears the name is the one that is meant by it', async () => {
  const ask = asker({ ...setUp, models: [{ ...WINE, name: 'model', infer: async () => assert.fail('asked the other') }, WINE] })
  assert.equal((await ask({ target: '/v1/models/wine:predict', ...json(1) })).status, 200)
  assert.equal((await ask({ target: '/v1/models/model:predict', ...json(1) })).status, 500)
})
