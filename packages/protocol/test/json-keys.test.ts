import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { objectKeys } from '../src/json-keys.ts'

const keys = (text: string) => objectKeys(Buffer.from(text))

test('the keys of an object are told in order, whatever their values are', () => {
  assert.deepEqual(keys(' {"a":[1,{"b":"}]"}],"c\\u0041":"\\"","d" : null } '), ['a', 'cA', 'd'])
  for (const text of ['', '[]', '"a"', '1', 'null', '[{"a":1}]', '{}', '{']) assert.deepEqual(keys(text), [])
})

test('keys before a fault are told, and nothing is thrown', () => {
  assert.deepEqual(keys('{"a":1,"b'), ['a'])
  assert.deepEqual(keys('{"a":[1,'), ['a'])
  assert.deepEqual(keys('{"a":1,"a":2}'), ['a'])
})

test('they are those that JSON.parse finds', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      // Integer-like keys move to the front of an object, so the order is that of its text.
      assert.deepEqual(keys(JSON.stringify(value)), Object.keys(value))
    }),
  )
})
