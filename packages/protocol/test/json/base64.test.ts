import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { base64Length, decodeBase64, putBase64 } from '../../src/json/base64.ts'
import { octets } from '../support/refusal.ts'

test('agrees with Buffer both ways, with padding and without', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64')
      const target = new Uint8Array(base64Length(bytes.length))
      assert.equal(putBase64(target, 0, bytes), target.length)
      assert.equal(new TextDecoder().decode(target), text)
      assert.deepEqual(decodeBase64(octets(text)), bytes)
      assert.deepEqual(decodeBase64(octets(text.replaceAll('=', ''))), bytes)
    }),
  )
})

test('what is no base64 has no octets', () => {
  for (const text of ['a', 'abcde', 'ab=c', 'a===', '====', 'ab c', 'ab-_', 'abc\n', 'é'])
    assert.equal(decodeBase64(octets(text)), undefined, text)
  assert.deepEqual(decodeBase64(octets('')), new Uint8Array(0))
})
