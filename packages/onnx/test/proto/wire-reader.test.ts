import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServeError } from '@slipway/protocol'
import fc from 'fast-check'
import { FileImage } from '../../src/proto/image.ts'
import { WireReader } from '../../src/proto/wire-reader.ts'
import { field, fixed32Field, integerField, join } from '../../src/proto/wire-writer.ts'

function readerOf(bytes: Uint8Array): WireReader {
  return new WireReader(new FileImage(bytes.byteLength, [{ start: 0, bytes }]), 0, bytes.byteLength)
}

function damagedBy(...bytes: number[]): RegExp {
  let message = ''
  assert.throws(
    () => {
      const reader = readerOf(Uint8Array.from(bytes))
      while (reader.next());
    },
    (error) => {
      message = (error as Error).message
      return error instanceof ServeError
    },
  )
  return new RegExp(message)
}

test('every signed number of 64 bits is read as it was written', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer({ min: 1, max: 2 ** 20 }), (value, number) => {
      const reader = readerOf(integerField(number, value))
      assert.ok(reader.next())
      assert.equal(reader.number, number)
      assert.equal(reader.int64(), value)
      assert.equal(reader.next(), false)
    }),
  )
})

test('numbers that JavaScript cannot count exactly are refused where they are counted', () => {
  for (const value of [2 ** 53 - 1, -(2 ** 53), -1, 0, 2 ** 32]) {
    const reader = readerOf(integerField(1, value))
    reader.next()
    assert.equal(reader.integer(), value)
  }
  const reader = readerOf(integerField(1, 2n ** 53n))
  reader.next()
  assert.throws(() => reader.integer(), /9007199254740992, which is out of range/)
})

test('text is read as UTF-8, and what is none is refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      const reader = readerOf(field(1, text))
      reader.next()
      assert.equal(reader.text(), new TextDecoder().decode(new TextEncoder().encode(text)))
    }),
  )
  const reader = readerOf(field(1, Uint8Array.of(0xff)))
  reader.next()
  assert.throws(() => reader.text(), /no UTF-8/)
})

test('fields of every wire type are stepped over, unknown ones too', () => {
  const fixed64 = Uint8Array.of((9 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8)
  const reader = readerOf(join([fixed64, fixed32Field(7, 1.5), integerField(500, 3), field(6, 'abc')]))
  const numbers: number[] = []
  while (reader.next()) numbers.push(reader.number)
  assert.deepEqual(numbers, [9, 7, 500, 6])
})

test('what is no protobuf is refused with the byte where it stops being it', () => {
  assert.match(String(damagedBy(0x0b)), /wire type 3.*byte 0/)
  assert.match(String(damagedBy(0x0c)), /wire type 4/)
  assert.match(String(damagedBy(0x08, 0x01, 0x02)), /without a valid number.*byte 2/)
  assert.match(String(damagedBy(0x0a, 0x02, 0x00)), /ends past the end/)
  assert.match(String(damagedBy(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)), /ends past the end/)
  assert.match(String(damagedBy(0x08, 0x80)), /cut short/)
  assert.match(String(damagedBy(0x08, ...new Array(10).fill(0xff), 0x01)), /more than 64 bits/)
  assert.match(String(damagedBy(0x08, ...new Array(9).fill(0xff), 0x02)), /more than 64 bits/)
  assert.match(String(damagedBy(0x0d, 0, 0, 0)), /ends past the end/)
})

test('a message cannot read past its own end, however long the file is', () => {
  const outer = readerOf(join([field(1, Uint8Array.of(0x0a, 0x05, 1, 2)), field(2, 'plenty of bytes after it')]))
  outer.next()
  const inner = outer.message()
  assert.throws(() => inner.next(), /ends past the end/)
})
