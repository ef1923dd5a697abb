import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputInfo } from '@slipway/protocol'
import { createSeldon } from '../../src/dialects/seldon.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { MIXED, PAIRS, PICTURES, TEXTS } from '../support/revision.ts'

const setUp: DialectSetUp = { models: [PAIRS], create: createSeldon }
const target = '/api/v1.0/predictions'
const post = (value: unknown, path = target) => ({ target: path, body: JSON.stringify(value) })
const meta = { puid: 'id-1', tags: {}, routing: {}, requestPath: { pairs: '1' }, metrics: [] }
const ndarray = [
  [1, 2],
  [3, 4.5],
]
const names = ['t:0', 't:1']
const doubled = [
  [2, 4],
  [6, 9],
]
const errorText = (response: Parameters<typeof bodyText>[0]) => {
  const { status } = JSON.parse(bodyText(response))
  assert.equal(status.status, 'FAILURE')
  assert.equal(status.code, response.status)
  assert.match(status.reason, /^[A-Z_]+$/)
  return status.info
}
const answer = { meta, data: { names, ndarray: doubled } }

testDialect('seldon', setUp, {
  errorText,
  good: [
    { name: 'ndarray', request: post({ data: { names: ['a', 'b'], ndarray } }), answer },
    {
      name: 'tensor',
      request: post({ data: { tensor: { shape: [2, 2], values: [1, 2, 3, 4.5] } } }),
      answer: { meta, data: { names, tensor: { shape: [2, 2], values: [2, 4, 6, 9] } } },
    },
    { name: 'rows of jsonData', request: post({ jsonData: ndarray }), answer: { meta, jsonData: doubled } },
    { name: 'jsonData by name', request: post({ jsonData: { x: ndarray } }), answer: { meta, jsonData: { y: doubled } } },
    { name: 'the older path', request: post({ data: { ndarray } }, '/api/v0.1/predictions'), answer },
    { name: 'behind an ingress', request: post({ data: { ndarray } }, '/seldon/space/pairs/api/v1.0/predictions'), answer },
    { name: 'without a namespace', request: post({ data: { ndarray } }, '/seldon/pairs/api/v0.1/predictions'), answer },
    {
      name: 'the id of the caller is kept',
      request: post({ meta: { puid: 'mine' }, data: { ndarray } }),
      answer: { ...answer, meta: { ...meta, puid: 'mine' } },
    },
  ],
  bad: [
    { name: 'a message without a payload', request: post({ meta: {} }), status: 400, says: /"data", "jsonData", "strData", "binData"/ },
    { name: 'two payloads', request: post({ data: { ndarray }, strData: 'x' }), status: 400 },
    { name: 'both arrays', request: post({ data: { ndarray, tensor: {} } }), status: 400, says: /one of "ndarray" and "tensor"/ },
    { name: 'a tftensor', request: post({ data: { tftensor: {} } }), status: 400, says: /"tftensor" is not known/ },
    { name: 'a tensor of another size', request: post({ data: { tensor: { shape: [2, 2], values: [1] } } }), status: 400 },
    { name: 'a tensor without a shape', request: post({ data: { tensor: { values: [1] } } }), status: 400, says: /"shape" and "values"/ },
    { name: 'octets for a model of numbers', request: post({ binData: 'AAAA' }), status: 415, says: /no input of kind image/ },
    { name: 'an unknown deployment', request: post({ data: { ndarray } }, '/seldon/space/none/api/v1.0/predictions'), status: 404 },
    { name: 'an unknown content type', request: { ...post({}), headers: { 'content-type': 'text/csv' } }, status: 415 },
  ],
})

const ask = (models: DialectSetUp['models'], value: unknown) => asker({ ...setUp, models })(post(value))
const parsed = async (models: DialectSetUp['models'], value: unknown) => JSON.parse(bodyText(await ask(models, value)))

test('seldon: names that are the columns of a table bring them into order', async () => {
  const columns: InputInfo = { ...(PAIRS.signature.inputs[0] as InputInfo), as: { kind: 'features', names: ['width', 'height'] } }
  const models = [{ ...PAIRS, inputs: [columns] }]
  for (const data of [
    { names: ['height', 'width'], ndarray: [[2, 1]] },
    { names: ['height', 'width'], tensor: { shape: [1, 2], values: [2, 1] } },
  ]) {
    const { data: found } = await parsed(models, { data })
    assert.deepEqual(found.ndarray?.[0] ?? found.tensor.values, [2, 4])
  }
})

test('seldon: several outputs are columns under their names, integers exact', async () => {
  const response = await asker({ ...setUp, models: [MIXED] })({
    target,
    body: '{"data":{"ndarray":[{"a":[1,2],"n":4503599627370497},{"a":[3,4],"n":1}]}}',
  })
  assert.match(bodyText(response), /"data":\{"names":\["b","m"\],"ndarray":\[\[\[2,4\],9007199254740994\],\[\[6,8\],2\]\]\}/)
})

test('seldon: text is answered with text, a picture with an array under its labels', async () => {
  assert.equal((await parsed([TEXTS], { strData: 'late parcel' })).strData, 'late parcel')
  assert.deepEqual((await parsed([PICTURES], { binData: 'b2N0ZXRz' })).data, {
    names: ['cat', 'dog'],
    tensor: { shape: [1, 2], values: [0.1, 0.9] },
  })
})
