import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lru } from '../../src/base/lru.ts'

const kept = (bytes: number, until = Number.POSITIVE_INFINITY) => ({ bytes, until })

test('what was used longest ago makes room', () => {
  const lru = new Lru<string>(30)
  for (const key of ['a', 'b', 'c']) lru.set(key, key, kept(10))
  assert.equal(lru.get('a', 0), 'a')
  lru.set('d', 'd', kept(10))
  assert.equal(lru.get('b', 0), undefined)
  assert.deepEqual(
    ['a', 'c', 'd'].map((key) => lru.get(key, 0)),
    ['a', 'c', 'd'],
  )
  assert.deepEqual([lru.bytes, lru.entries, lru.evictions], [30, 3, 1])
})

test('what is past its time is not found, and takes no room any more', () => {
  const lru = new Lru<string>(30)
  lru.set('a', 'a', kept(10, 100))
  assert.equal(lru.get('a', 99), 'a')
  assert.equal(lru.get('a', 100), undefined)
  assert.deepEqual([lru.bytes, lru.entries, lru.evictions], [0, 0, 0])
})

test('a value larger than the budget is not kept, and neither is what it would have replaced', () => {
  const lru = new Lru<string>(30)
  lru.set('a', 'old', kept(10))
  lru.set('a', 'new', kept(31))
  assert.equal(lru.get('a', 0), undefined)
  assert.equal(lru.bytes, 0)
})

test('the same key again replaces, and a smaller budget is kept at once', () => {
  const lru = new Lru<string>(100)
  lru.set('a', 'one', kept(40))
  lru.set('a', 'two', kept(20))
  lru.set('b', 'b', kept(50))
  assert.deepEqual([lru.get('a', 0), lru.bytes], ['two', 70])
  lru.resize(30)
  assert.deepEqual([lru.entries, lru.bytes, lru.get('a', 0)], [1, 20, 'two'])
})
