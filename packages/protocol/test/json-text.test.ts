import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type JsonValue, parseJson } from '../src/json.ts'
import { jsonText } from '../src/json-text.ts'

const again = (value: JsonValue) => parseJson(new TextEncoder().encode(jsonText(value)))

test('text that was read is written as it was', () => {
  for (const text of [
    '{"b":[1,-0,9223372036854775807,-9223372036854775808],"a":{"":null},"__proto__":"é\\n\\""}',
    '1e+21',
    '[]',
    '{}',
    'true',
  ])
    assert.equal(jsonText(parseJson(new TextEncoder().encode(text))), text)
})

test('any value is read back as it was written', () => {
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt().filter((wide) => !Number.isSafeInteger(Number(wide))),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.array(fc.tuple(fc.string(), tie('value'))).map((members) => new Map(members)),
    ),
  }))
  fc.assert(fc.property(value, (given) => assert.deepEqual(again(given), integersOf(given))))
})

/** Whole doubles past 2^53-1 are written in the fewest digits, without an exponent up to 1e21, and so come back as the bigint of that text. */
function integersOf(value: JsonValue): JsonValue {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21)
    return BigInt(String(value))
  if (Array.isArray(value)) return value.map(integersOf)
  if (value instanceof Map) return new Map(Array.from(value as ReadonlyMap<string, JsonValue>, ([key, item]) => [key, integersOf(item)]))
  return value
}
