import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMlflow } from '../../src/dialects/mlflow.ts'
import { createSageMaker } from '../../src/dialects/sagemaker.ts'
import type { HttpResponse } from '../../src/http/route.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { type FakeModel, MIXED, PAIRS } from '../support/revision.ts'

const setUp = (...models: readonly FakeModel[]): DialectSetUp => ({
  models,
  create: (deps) => createMlflow({ ...deps, ready: () => true, version: '1.2.3' }),
})
const TABLE: FakeModel = {
  ...PAIRS,
  inputs: PAIRS.signature.inputs.map((input) => ({ ...input, as: { kind: 'features', names: ['width', 'height'] } })),
}
const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) => ({
  target: '/invocations',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
const data = [
  [1, 2],
  [3, 4.5],
]
const swapped = data.map((row) => row.toReversed())
const answer = {
  predictions: [
    [2, 4],
    [6, 9],
  ],
}

testDialect('mlflow', setUp(TABLE), {
  errorText: (response) => {
    const parsed = JSON.parse(bodyText(response))
    assert.deepEqual(Object.keys(parsed), ['error_code', 'message'])
    assert.match(parsed.error_code, /^[A-Z_]+$/)
    return parsed.message
  },
  good: [
    { name: 'dataframe_split', request: post({ dataframe_split: { columns: ['width', 'height'], index: [0, 1], data } }), answer },
    {
      name: 'dataframe_split with its columns in another order',
      request: post({ dataframe_split: { columns: ['height', 'width'], data: swapped } }),
      answer,
    },
    { name: 'dataframe_split without names', request: post({ dataframe_split: { data } }), answer },
    {
      name: 'dataframe_records',
      request: post({ dataframe_records: swapped.map(([height, width]) => ({ height, width, more: 'x' })) }),
      answer,
    },
    { name: 'instances', request: post({ instances: data }), answer },
    { name: 'instances by column', request: post({ instances: data.map(([width, height]) => ({ width, height })) }), answer },
    { name: 'inputs', request: post({ inputs: data }), answer },
    { name: 'inputs by name', request: post({ inputs: { x: data }, params: { any: 1 } }), answer },
    {
      name: 'a table as the answer',
      request: post({ inputs: data }, { accept: 'text/csv' }),
      answer: (response: HttpResponse) => assert.equal(bodyText(response), '2,4\n6,9\n'),
    },
  ],
  bad: [
    {
      name: 'two of the keys',
      request: post({ instances: data, inputs: data }),
      status: 400,
      says: /exactly one of "dataframe_split", "dataframe_records", "instances", "inputs"/,
    },
    { name: 'none of the keys', request: post({ data }), status: 400, says: /exactly one of/ },
    {
      name: 'a column that is not there',
      request: post({ dataframe_split: { columns: ['height', 'widht'], data } }),
      status: 400,
      says: /no column "width"; is it the one called "widht"/,
    },
    {
      name: 'a row that is short',
      request: post({ dataframe_split: { columns: ['height', 'width'], data: [[1, 2], [3]] } }),
      status: 400,
      says: /row 1 .* 2 columns/,
    },
    {
      name: 'an empty cell',
      request: post({ dataframe_records: [{ height: 1, width: null }] }),
      status: 400,
      says: /row 1, column "width" is empty/,
    },
    {
      name: 'records that differ',
      request: post({ dataframe_records: [{ height: 1, width: 2 }, { height: 1 }] }),
      status: 400,
      says: /record 1/,
    },
    { name: 'a frame that is none', request: post({ dataframe_split: 7 }), status: 400, says: /"dataframe_split" must be/ },
    { name: 'rows that are none', request: post({ instances: 7 }), status: 400, says: /"instances" must be an array/ },
  ],
})

test('several inputs and outputs: a frame by name, rows as records, whole tensors by name, integers exact', async () => {
  const ask = asker(setUp(MIXED))
  const text = async (body: string) => bodyText(await ask({ ...post({}), body }))
  const records = '{"predictions":[{"b":[2,4],"m":9007199254740994}]}'
  assert.equal(await text('{"dataframe_split":{"columns":["a","n"],"data":[[[1,2],4503599627370497]]}}'), records)
  assert.equal(await text('{"dataframe_records":[{"a":[1,2],"n":4503599627370497}]}'), records)
  assert.equal(await text('{"instances":[{"a":[1,2],"n":4503599627370497}]}'), records)
  assert.equal(await text('{"inputs":{"a":[[1,2]],"n":[4503599627370497]}}'), '{"predictions":{"b":[[2,4]],"m":[9007199254740994]}}')
})

test('beside SageMaker a body with one of its keys is its own, and every other is SageMaker’s', async () => {
  const ask = asker({
    models: [TABLE],
    create: (deps) => ({
      name: 'both',
      routes: [
        ...createSageMaker({ ...deps, ready: () => true, bodyLimitBytes: 1 << 20 }).routes,
        ...createMlflow({ ...deps, ready: () => true, version: '1.2.3' }).routes,
      ],
    }),
  })
  const keys = async (body: unknown, headers = {}) => Object.keys(JSON.parse(bodyText(await ask(post(body, headers)))))
  assert.deepEqual(await keys({ instances: [[1]] }), ['error_code', 'message'])
  assert.deepEqual(await keys({ dataframe_split: {} }), ['error_code', 'message'])
  assert.deepEqual(await keys([[1]]), ['error'])
  assert.deepEqual(await keys({ x: [[1]] }), ['error'])
  assert.deepEqual(await keys({ instances: [[1]] }, { 'content-type': 'text/csv' }), ['error'])
})

test('it says that it is well, and of what version it is', async () => {
  const get = async (target: string, ...models: readonly FakeModel[]) => {
    const response = await asker(setUp(...models))({ method: 'GET', target })
    return [response.status, bodyText(response)]
  }
  assert.deepEqual(await get('/health', PAIRS), [200, '\n'])
  assert.equal((await get('/health'))[0], 503)
  assert.deepEqual(await get('/version', PAIRS), [200, '1.2.3'])
})
