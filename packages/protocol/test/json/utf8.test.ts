import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isUtf8, malformedAt } from '../../src/json/utf8.ts'

const strict = new TextDecoder('utf-8', { fatal: true })
function byDecoder(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes)
    return true
  } catch {
    return false
  }
}

test('agrees with the strict decoder on every first octet with what matters behind it', () => {
  for (let first = 0; first < 256; first++)
    for (const second of [0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff])
      for (const third of [0x41, 0x80, 0xbf, 0xc0]) {
        for (const bytes of [Uint8Array.of(first), Uint8Array.of(first, second), Uint8Array.of(first, second, third, 0x80)])
          assert.equal(isUtf8(bytes), byDecoder(bytes), [...bytes].join(' '))
      }
})

test('agrees with the strict decoder on random octets and on text with one octet changed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => assert.equal(isUtf8(bytes), byDecoder(bytes))),
    { numRuns: 5000 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.nat(), fc.nat(255), (text, place, octet) => {
      const bytes = new TextEncoder().encode(text)
      assert.ok(isUtf8(bytes))
      bytes[place % bytes.length] = octet
      assert.equal(isUtf8(bytes), byDecoder(bytes))
    }),
    { numRuns: 5000 },
  )
})

test('says where the bad character begins', () => {
  assert.equal(malformedAt(new TextEncoder().encode('é€'), 0, 5), -1)
  assert.equal(malformedAt(Uint8Array.of(0x61, 0xc3, 0xa9, 0xe2, 0x28, 0xa1), 0, 6), 3)
})
