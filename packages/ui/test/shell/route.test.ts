import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiHref, isBare, modelHref, parseRoute } from '../../src/shell/route.ts'

test('a model’s address leads to it, whatever its name', () => {
  for (const name of ['digits', 'a.b-c_1', 'ü 1']) assert.deepEqual(parseRoute(modelHref(name)), { page: 'model', name })
})

test('anything else is the list', () => {
  for (const hash of ['', '#', '#/', '#/models', '#/other', '#/models/%E0%A4%A']) assert.deepEqual(parseRoute(hash), { page: 'models' })
})

test('only an address without a page is bare', () => {
  assert.deepEqual(['', '#', '#/', '#/models'].map(isBare), [true, true, true, false])
})

test('a model’s API has an address below it', () => {
  assert.deepEqual(parseRoute(apiHref('a b')), { page: 'api', name: 'a b' })
  assert.deepEqual(parseRoute('#/models/a/other'), { page: 'models' })
})
