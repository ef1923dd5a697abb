import assert from 'node:assert/strict'
import test from 'node:test'
import { JsonCursor } from '../../src/json/cursor.ts'
import { exactInteger, nearestQuotient, POWERS, readNumber } from '../../src/json/numbers.ts'
import { readQuickReals } from '../../src/json/quick-numbers.ts'
import { octets, refused } from '../support/refusal.ts'

let state = 7
const below = (limit: number) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * limit)
}
const digits = (length: number) => Array.from({ length }, () => below(10)).join('')

/** Decimals of 7 to 31 digits, and the exact middles between neighbouring doubles with what lies just beside them. */
const decimals: string[] = []
for (let count = 0; count < 60_000; count++) {
  const whole = below(3) === 0 ? String(below(10 ** (1 + below(9)))) : '0'
  decimals.push(`${below(2) === 0 ? '-' : ''}${whole}.${'0'.repeat(below(4))}${digits(6 + below(14))}`)
}
for (let count = 0; count < 2000; count++) {
  const odd = 2 * below(2 ** 30) + 1
  decimals.push(
    `${2 ** 52 + odd}.5`,
    `${2 ** 52 + odd}.49`,
    `${2 ** 52 + odd}.51`,
    `${2 ** 51 + odd}.25`,
    `${2 ** 51 + odd}.75`,
    `${2 ** 53 + 2 * odd + 1}`,
  )
}

test('one by one and in one loop, every decimal is the nearest double', () => {
  const body = octets(`${decimals.join(',')},0${' '.repeat(64)}`)
  const cursor = new JsonCursor(body)
  const values = new Float64Array(decimals.length)
  let quick = 0
  for (let index = 0; index < decimals.length; ) {
    const next = readQuickReals(cursor, values, index)
    quick += next - index
    index = next
    if (index === decimals.length) break
    values[index++] = readNumber(cursor, 53)
    cursor.at++
  }
  for (const [index, text] of decimals.entries()) {
    assert.ok(Object.is(values[index], Number(text)), `${text} was read ${values[index]}`)
    assert.ok(Object.is(readNumber(new JsonCursor(octets(text)), 53), Number(text)), text)
    assert.ok(Object.is(Math.fround(readNumber(new JsonCursor(octets(text)), 24)), Math.fround(Number(text))), text)
  }
  assert.ok(quick > decimals.length / 4, `only ${quick} of ${decimals.length} took the quick way`)
})

test('the quick loop reads singles as by way of the double', () => {
  const cursor = new JsonCursor(octets(`${decimals.slice(0, 60_000).join(',')},0${' '.repeat(64)}`))
  const values = new Float32Array(60_000)
  for (let index = readQuickReals(cursor, values, 0); index < 60_000; index = readQuickReals(cursor, values, index + 1)) {
    values[index] = readNumber(cursor, 24)
    cursor.at++
  }
  assert.deepEqual(values, Float32Array.from(decimals.slice(0, 60_000), Number))
})

test('a quotient of pairs is the nearest double, or says that it cannot tell', () => {
  let told = 0
  for (let count = 0; count < 50_000; count++) {
    const [head, tail, length, scale] = [below(1e9), below(1e9), 9, below(23)]
    const value = nearestQuotient({ head, power: POWERS[length] as number, tail, scale })
    if (Number.isNaN(value)) continue
    told++
    assert.equal(value, Number(`${BigInt(head) * 10n ** 9n + BigInt(tail)}e-${scale}`))
  }
  assert.ok(told > 49_000)
  // The middle between 2^53 and its neighbour.
  assert.ok(Number.isNaN(nearestQuotient({ head: 9007199, power: 1e9, tail: 254740993, scale: 0 })))
})

test('very long numbers, very large and small exponents', () => {
  for (const text of [
    '1e308',
    '1.7976931348623157e308',
    '5e-324',
    '1e-400',
    `1${'0'.repeat(300)}`,
    `0.${'0'.repeat(400)}1`,
    `${'1'.repeat(200)}e-190`,
    '0e999999999999',
    `1${'0'.repeat(40)}e-40`,
    '1e00000000000000000001',
  ])
    assert.equal(readNumber(new JsonCursor(octets(text)), 53), Number(text), text)
  for (const text of ['1e309', '-1e999999999999', '9'.repeat(400)])
    refused(() => readNumber(new JsonCursor(octets(text)), 53), /larger than any FP64/)
})

test('exact integers of every form', () => {
  assert.equal(exactInteger('9223372036854775807'), 2n ** 63n - 1n)
  assert.equal(exactInteger('-1.50e1'), -15n)
  assert.equal(exactInteger('1200e-2'), 12n)
  assert.equal(exactInteger('-0.0e5'), 0n)
  assert.equal(exactInteger('1e-1'), 'fraction')
  assert.equal(exactInteger('1.05e1'), 'fraction')
  assert.equal(exactInteger('1e41'), 'huge')
  assert.equal(exactInteger('1e999999999999'), 'huge')
  assert.equal(exactInteger('0e999999999999'), 0n)
})
