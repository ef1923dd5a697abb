import assert from 'node:assert/strict'
import test from 'node:test'
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../src/float16.ts'
import { halfText, MAX_NUMBER_LENGTH, putDouble, putInteger, putSingle } from '../../src/json/shortest.ts'

const buffer = new Uint8Array(64)
const text = (end: number) => new TextDecoder().decode(buffer.subarray(0, end))
const single = (value: number) => text(putSingle(buffer, 0, value))

/** The fewest significant digits that read back, found by trying them all. */
function fewestDigits(value: number): number {
  for (let precision = 1; ; precision++) if (Math.fround(Number(value.toPrecision(precision))) === value) return precision
}

const digitsOf = (written: string) =>
  written
    .replace(/^-|e.*$/g, '')
    .replace('.', '')
    .replace(/^0+/, '')
    .replace(/0+$/, '').length

const bits = new Uint32Array(1)
const floats = new Float32Array(bits.buffer)
function fromBits(pattern: number): number {
  bits[0] = pattern
  return floats[0] as number
}

function check(value: number): void {
  const written = single(value)
  assert.ok(Object.is(Math.fround(JSON.parse(written) as number), value), `${value} was written ${written}`)
  assert.ok(written.length <= MAX_NUMBER_LENGTH)
  if (value === 0 || (Math.abs(value) < 1e9 && Number.isInteger(value))) assert.equal(written, Object.is(value, -0) ? '-0' : String(value))
  else assert.ok(digitsOf(written) <= fewestDigits(value), `${value} was written ${written}, ${fewestDigits(value)} digits do`)
}

test('100,000 random bit patterns of FP32 are written in the fewest digits that read back', () => {
  let state = 12345
  for (let count = 0; count < 100_000; count++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const value = fromBits((state ^ (state >>> 13)) >>> 0)
    if (Number.isFinite(value)) check(value)
  }
})

test('denormals, both ends of every binade and the neighbours of every power of ten', () => {
  for (let pattern = 1; pattern < 3000; pattern++) check(fromBits(pattern))
  for (let exponent = 0; exponent < 255; exponent++)
    for (const offset of [-2, -1, 0, 1, 2]) if (exponent > 0 || offset > 0) check(fromBits((exponent << 23) + offset))
  for (let power = -45; power <= 38; power++) {
    bits[0] = 0
    floats[0] = Number(`1e${power}`)
    const pattern = bits[0] as number
    for (const offset of [-1, 0, 1]) if (pattern + offset > 0) check(fromBits(pattern + offset))
  }
})

test('is laid out as JavaScript lays numbers out', () => {
  for (const value of [0.1, 0.5, 1.5, -2.25, 123456.7, 0.000001, 1e-7, 1.5e-7, 1e21, 1.5e21, 3e38, 1e-45, 16777216, 1e10])
    assert.equal(
      single(Math.fround(value)).replace('e+', 'e'),
      String(Number(Math.fround(value).toPrecision(fewestDigits(Math.fround(value))))).replace('e+', 'e'),
    )
})

test('a double is written as JavaScript writes it, and minus zero keeps its sign', () => {
  for (const value of [0, 1, -1, 0.1, 1e21, 5e-324, 1.7976931348623157e308, 123456789012, -999999999, 4294967296])
    assert.equal(text(putDouble(buffer, 0, value)), String(value))
  assert.equal(text(putDouble(buffer, 0, -0)), '-0')
})

test('an integer is written whole, up to 2^53', () => {
  for (let power = 0; power <= 53; power++)
    for (const offset of [-1, 0, 1]) {
      const value = Math.min(2 ** power + offset, Number.MAX_SAFE_INTEGER)
      assert.equal(text(putInteger(buffer, 0, value)), String(value))
      assert.equal(text(putInteger(buffer, 0, -value)), String(value === 0 ? 0 : -value))
    }
  for (let power = 0; power <= 15; power++) assert.equal(text(putInteger(buffer, 0, 10 ** power)), String(10 ** power))
})

test('all finite FP16 and BF16 read back, in at most five and four digits', () => {
  for (let half = 0; half <= 0xffff; half++) {
    if (Number.isFinite(fromFloat16(half))) {
      assert.equal(toFloat16(Number(halfText('FP16', half))), half)
      assert.ok(digitsOf(halfText('FP16', half)) <= 5)
    }
    if (Number.isFinite(fromBfloat16(half))) {
      assert.equal(toBfloat16(Number(halfText('BF16', half))), half)
      assert.ok(digitsOf(halfText('BF16', half)) <= 4)
    }
  }
  assert.equal(halfText('BF16', toBfloat16(0.1)), '0.1')
})
