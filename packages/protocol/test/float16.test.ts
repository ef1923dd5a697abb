import assert from 'node:assert/strict'
import test from 'node:test'
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../src/float16.ts'

/** Reads 16 bits by the definition of IEEE 754-2019 §3.4, with nothing shared with the code under test. */
function byDefinition(half: number, exponentBits: number, fractionBits: number): number {
  const sign = half >> 15 ? -1 : 1
  const exponent = (half >> fractionBits) & (2 ** exponentBits - 1)
  const fraction = (half & (2 ** fractionBits - 1)) / 2 ** fractionBits
  const bias = 2 ** (exponentBits - 1) - 1
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias)
}

const FORMATS = [
  { name: 'FP16', from: fromFloat16, to: toFloat16, exponentBits: 5, fractionBits: 10, infinity: 0x7c00 },
  { name: 'BF16', from: fromBfloat16, to: toBfloat16, exponentBits: 8, fractionBits: 7, infinity: 0x7f80 },
]

for (const { name, from, to, exponentBits, fractionBits, infinity } of FORMATS) {
  test(`${name}: all 65,536 bit patterns read as IEEE 754 defines them and come back`, () => {
    for (let half = 0; half <= 0xffff; half++) {
      const value = from(half)
      assert.ok(Object.is(value, byDefinition(half, exponentBits, fractionBits)), `${half.toString(16)} → ${value}`)
      if (Number.isNaN(value)) assert.ok(Number.isNaN(from(to(value))))
      else assert.equal(to(value), half)
    }
  })

  test(`${name}: what lies between two neighbours goes to the nearer, a tie to the even one`, () => {
    for (let half = 0; half < infinity; half++) {
      const low = from(half)
      // The neighbour of the largest finite value is where infinity begins in the rounding.
      const high = half + 1 === infinity ? 2 * low - from(half - 1) : from(half + 1)
      const middle = (low + high) / 2
      const even = half % 2 === 0 ? half : half + 1
      const step = (high - low) / 64
      for (const sign of [0, 0x8000]) {
        const flip = sign === 0 ? 1 : -1
        assert.equal(to(flip * (middle - step)), half | sign)
        assert.equal(to(flip * middle), even | sign)
        assert.equal(to(flip * (middle + step)), (half + 1) | sign)
      }
    }
  })

  test(`${name}: what is past the largest value is infinite, what is under the smallest is a zero of its sign`, () => {
    for (const [value, half] of [
      [1e300, infinity],
      [-1e300, infinity | 0x8000],
      [1e-300, 0],
      [-1e-300, 0x8000],
      [0, 0],
      [-0, 0x8000],
    ] as const)
      assert.equal(to(value), half)
  })
}

test('a double just past a tie is not rounded twice', () => {
  // The nearest FP32 of each is the tie itself, which would go to the even neighbour below.
  assert.equal(toFloat16(1 + 2 ** -11 + 2 ** -40), 0x3c01)
  assert.equal(toBfloat16(1 + 2 ** -8 + 2 ** -40), 0x3f81)
})
