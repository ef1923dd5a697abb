import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatheredBody } from '../../src/http/gathered-body.ts'

const gather = (body: GatheredBody, chunks: readonly Buffer[]) => {
  for (const chunk of chunks) body.add(chunk)
  return body.whole()
}

test('a body of one chunk is that chunk, not a copy of it', () => {
  const chunk = Buffer.from('{"inputs":[]}')
  assert.equal(gather(new GatheredBody(chunk.byteLength, 0), [chunk]), chunk)
})

test('what follows a head of any length lies on a multiple of 8 when it comes in several chunks', () => {
  for (let head = 0; head < 20; head++) {
    const sent = Buffer.from(Array.from({ length: head + 4000 }, (_, index) => index * 7))
    const whole = gather(new GatheredBody(sent.byteLength, head), [sent.subarray(0, 1000), sent.subarray(1000, 1001), sent.subarray(1001)])
    assert.ok(sent.equals(whole))
    assert.equal((whole.byteOffset + head) % 8, 0)
  }
})

test('chunks without a declared length come out whole, and so does what ends before its declared length', () => {
  const parts = ['one', 'two', 'three'].map((text) => Buffer.from(text))
  assert.equal(Buffer.from(gather(new GatheredBody(undefined, 0), parts)).toString(), 'onetwothree')
  assert.equal(Buffer.from(gather(new GatheredBody(1000, 5), parts)).toString(), 'onetwothree')
  assert.equal(gather(new GatheredBody(undefined, 0), []).byteLength, 0)
})

test('a body that was put together is gone once it is let go; one that came in one chunk is nobody else’s to give', () => {
  const parts = new GatheredBody(100_000, 0)
  const whole = gather(parts, [Buffer.alloc(60_000, 1), Buffer.alloc(40_000, 2)])
  parts.letGo()
  assert.equal(whole.byteLength, 0)
  const single = new GatheredBody(5, 0)
  const chunk = gather(single, [Buffer.from('hello')])
  single.letGo()
  assert.equal(String(chunk), 'hello')
})

test('chunks are given back as they are copied', () => {
  const chunks = [Buffer.allocUnsafeSlow(60_000).fill(1), Buffer.allocUnsafeSlow(40_000).fill(2)]
  const whole = gather(new GatheredBody(100_000, 0), chunks)
  assert.deepEqual([whole.byteLength, whole[59_999], whole[60_000]], [100_000, 1, 2])
  assert.deepEqual(
    chunks.map(({ byteLength }) => byteLength),
    [0, 0],
  )
})
