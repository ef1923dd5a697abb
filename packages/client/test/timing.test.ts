import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseServerTiming } from '../src/timing.ts'

const plain = (header: string | null) => {
  const timing = parseServerTiming(header, 5)
  return { ...timing, phases: { ...timing.phases } }
}

test('phases and the rows of the run are read', () => {
  assert.deepEqual(plain('decode;dur=0.1, queue;dur=2, infer;dur=1.5;desc="rows=16 of batch"'), {
    phases: { decode: 0.1, queue: 2, infer: 1.5 },
    batchRows: 16,
    totalMs: 5,
  })
})

test('separators inside a description separate nothing', () => {
  assert.deepEqual(plain('a;desc="x, y;dur=9 \\" z";dur=3,b;DUR="4"').phases, { a: 3, b: 4 })
})

test('what is no duration is left out', () => {
  assert.deepEqual(plain('cache, miss;dur=, bad;dur=soon, ,;dur=1x').phases, {})
  assert.deepEqual(plain(null), { phases: {}, totalMs: 5 })
  assert.deepEqual(Object.keys(parseServerTiming('__proto__;dur=1', 0).phases), ['__proto__'])
})
