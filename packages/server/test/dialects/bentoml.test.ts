import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBentoMl } from '../../src/dialects/bentoml.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { type FakeModel, MIXED, PAIRS, TEXTS } from '../support/revision.ts'

const SERVICE = { packager: 'bentoml', entry: 'service.py:Wine.classify' } as const
const setUp: DialectSetUp = { models: [{ ...PAIRS, ...SERVICE }], create: createBentoMl }
const target = '/classify'
const json = (value: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })
const of = (model: FakeModel) => asker({ ...setUp, models: [{ ...model, ...SERVICE }] })
const answered = async (model: FakeModel, value: unknown) => JSON.parse(bodyText(await of(model)({ target, ...json(value) })))

testDialect('bentoml', setUp, {
  errorText: (response) => JSON.parse(bodyText(response)).error,
  good: [
    {
      name: 'a whole tensor by its name',
      request: {
        target,
        ...json({
          x: [
            [1, 2],
            [3, 4.5],
          ],
        }),
      },
      answer: [
        [2, 4],
        [6, 9],
      ],
    },
    { name: 'one row', request: { target, ...json({ x: [5, 6] }) }, answer: [10, 12] },
  ],
  bad: [
    { name: 'a parameter that it does not have', request: { target, ...json({ z: [[1, 2]] }) }, status: 400, says: /z/ },
    { name: 'what is no object', request: { target, ...json([1, 2]) }, status: 400, says: /must be a JSON object/ },
  ],
})

test('bentoml: several outputs come by name, and a text alone as a text', async () => {
  assert.deepEqual(await answered(MIXED, { a: [[1, 2]], n: [5] }), { b: [[2, 4]], m: [10] })
  assert.deepEqual(await answered(MIXED, { a: [1, 2], n: 5 }), { b: [2, 4], m: 10 })
  assert.equal(await answered(TEXTS, { text: 'so' }), 'so')
})

test('bentoml: there is no path of another name, and none where the default model is no service or is not named', async () => {
  for (const [models, path] of [
    [setUp.models, '/other'],
    [[PAIRS], target],
    [[{ ...PAIRS, ...SERVICE }, MIXED], target],
  ] as const)
    assert.equal((await asker({ ...setUp, models })({ target: path, ...json({ x: [[1, 2]] }) })).status, 404, path)
})
