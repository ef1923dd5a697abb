import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatJson, RawJson, readJson, writeJson } from '../../src/call/exact-json.ts'

test('64-bit integers go out and come back with every digit', () => {
  const value = { a: [9223372036854775807n, -9007199254740993n, 1] }
  assert.equal(writeJson(value), '{"a":[9223372036854775807,-9007199254740993,1]}')
  assert.deepEqual(readJson(writeJson(value)), value)
})

test('a Map may hold any name', () => {
  assert.equal(writeJson(new Map([['__proto__', 1]])), '{"__proto__":1}')
})

test('NaN, the infinities and minus zero are not lost', () => {
  assert.equal(writeJson([Number.NaN, Number.NEGATIVE_INFINITY, -0]), '["NaN","-Infinity",-0]')
})

test('typed JSON keeps its tokens and loses the blanks between them', () => {
  assert.equal(writeJson([new RawJson('[ 1e400,\n "a  \\" b" ]')]), '[[1e400,"a  \\" b"]]')
})

test('formatting changes blanks only', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 10, max: 100 }), (value, width) => {
      assert.deepEqual(JSON.parse(formatJson(value, width)), JSON.parse(writeJson(value)))
    }),
  )
})

test('what fits stays on one line, what does not is broken', () => {
  assert.equal(formatJson({ a: [1, 2], b: {} }), '{ "a": [1, 2], "b": {} }')
  assert.equal(
    formatJson(
      [
        [1, 2],
        [3, 4],
      ],
      10,
    ),
    '[\n  [1, 2],\n  [3, 4]\n]',
  )
})
