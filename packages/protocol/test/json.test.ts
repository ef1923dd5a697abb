import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type JsonValue, parseJson } from '../src/json.ts'
import { octets, refused } from './support/refusal.ts'

/** Maps as the objects that JSON.parse makes. */
function plain(value: JsonValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...(value as ReadonlyMap<string, JsonValue>)].map(([key, inner]) => [key, plain(inner)]))
  return Array.isArray(value) ? value.map((inner) => plain(inner as JsonValue)) : value
}

test('agrees with JSON.parse on random JSON, however it is spaced', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t', ' \r\n'), (value, space) => {
      const text = JSON.stringify(value, null, space as string)
      if (/-0|\\ud[89a-f]/i.test(text)) return
      const expected: unknown = JSON.parse(text)
      if (hasLargeInteger(expected)) return
      assert.deepEqual(plain(parseJson(octets(text))), expected)
    }),
    { numRuns: 2000 },
  )
})

function hasLargeInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLargeInteger)
}

test('agrees with JSON.parse on the doubles that numbers stand for', () => {
  const digits = fc.stringMatching(/^(0|[1-9]\d{0,25})$/)
  fc.assert(
    fc.property(
      digits,
      fc.stringMatching(/^(\.\d{1,25})?$/),
      fc.stringMatching(/^([eE][+-]?\d{1,2})?$/),
      fc.boolean(),
      (whole, fraction, exponent, negative) => {
        const text = `${negative ? '-' : ''}${whole}${fraction}${exponent}`
        const value = parseJson(octets(text))
        if (fraction === '' && exponent === '' && !Number.isSafeInteger(Number(text))) assert.equal(value, BigInt(text))
        else assert.ok(Object.is(value, JSON.parse(text)), text)
      },
    ),
    { numRuns: 20_000 },
  )
})

test('integers are exact at and past 2^53', () => {
  for (const text of ['9007199254740991', '-9007199254740991']) assert.equal(parseJson(octets(text)), Number(text))
  for (const text of ['9007199254740992', '9007199254740993', '-9007199254740993', '18446744073709551615', `1${'0'.repeat(400)}`])
    if (text.length < 300) assert.equal(parseJson(octets(text)), BigInt(text))
  assert.ok(Object.is(parseJson(octets('-0')), -0))
})

test('strings: every escape, characters of one to four octets, and NUL', () => {
  const text = '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u00e9\\u20AC\\ud83d\\uDE00é€😀"'
  assert.equal(parseJson(octets(text)), '"\\/\b\f\n\r\t\0é€😀é€😀')
})

test('names that reach a prototype elsewhere are names', () => {
  const value = parseJson(octets('{"__proto__":1,"constructor":{"toString":2}}'))
  assert.deepEqual(
    value,
    new Map<string, unknown>([
      ['__proto__', 1],
      ['constructor', new Map([['toString', 2]])],
    ]),
  )
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})

test('bare NaN and infinities only where the dialect asks for them', () => {
  assert.deepEqual(parseJson(octets('[NaN,Infinity,-Infinity,-1]'), { nonFinite: true }), [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -1,
  ])
  refused(() => parseJson(octets('[NaN]')), /byte 1: .*"NaN", "Infinity" or "-Infinity" as strings/)
  refused(() => parseJson(octets('[-Infinity]')), /as strings/)
  refused(() => parseJson(octets('[Inf]'), { nonFinite: true }), /byte 2|byte 1/)
})

const BAD: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ['nothing', '', /byte 0: the text ends/],
  ['only white space', ' \n', /byte 2: the text ends/],
  ['a byte order mark', '\ufeff{}', /byte 0: .*byte order mark/],
  ['text after the end', '{} x', /byte 3: text after the end/],
  ['two values', '1 2', /byte 2: text after/],
  ['a trailing comma in an array', '[1,]', /byte 3: a comma with nothing after it/],
  ['a trailing comma in an object', '{"a":1,}', /byte 7: a comma with nothing after it/],
  ['a missing comma', '[1 2]', /byte 3: expected "," or "\]"/],
  ['a missing colon', '{"a" 1}', /byte 5: expected ":"/],
  ['a missing value', '{"a":}', /byte 5: expected a JSON value/],
  ['a bare key', '{a:1}', /byte 1: expected a string in double quotes/],
  ['single quotes', "['a']", /byte 1: .*double quotes/],
  ['Python words', '[True]', /byte 1: .*lower case/],
  ['half a word', '[tru]', /byte 1: expected "true"/],
  ['a comment', '[1, // one\n2]', /byte 4: .*no comments/],
  ['a duplicate key', '{"a":1,"b":2,"a":3}', /byte 13: the key "a" is there twice/],
  ['a duplicate key behind an escape', '{"a":1,"\\u0061":3}', /the key "a" is there twice/],
  ['a leading zero', '[01]', /byte 1: a number with a leading zero/],
  ['a leading zero behind a sign', '[-00.5]', /leading zero/],
  ['a plus sign', '[+1]', /byte 1: .*starts with a digit or "-"/],
  ['a number that starts with a point', '[.5]', /byte 1: .*starts with a digit/],
  ['a number that ends with a point', '[5.]', /byte 3: expected a digit/],
  ['an exponent without digits', '[1e]', /byte 3: expected a digit/],
  ['a lone minus', '[-]', /byte 2: expected a digit/],
  ['a number past FP64', '[1e999]', /byte 1: 1e999 is larger than any FP64/],
  ['hexadecimal', '[0x10]', /byte 2: expected "," or "\]"/],
  ['a control character', '["a\nb"]', /byte 3: a control character/],
  ['an unknown escape', '["\\x41"]', /byte 2: an escape that JSON does not know/],
  ['a short \\u', '["\\u12"]', /byte 2: \\u without four/],
  ['a \\u with other letters', '["\\u12g4"]', /byte 2: \\u without four/],
  ['half a surrogate pair', '["\\ud800"]', /byte 2: half of a surrogate pair/],
  ['the second half alone', '["x\\udc00"]', /byte 3: half of a surrogate pair/],
  ['two first halves', '["\\ud800\\ud800"]', /half of a surrogate pair/],
  ['a string without end', '["abc', /byte 1: a string without its closing quote/],
  ['a string that ends in a backslash', '["abc\\', /without its closing quote/],
  ['an overlong form', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), /byte 1: a string that is not UTF-8/],
  ['a surrogate in UTF-8', Uint8Array.of(0x22, 0x61, 0xed, 0xa0, 0x80, 0x22), /byte 2: a string that is not UTF-8/],
  ['a character past U+10FFFF', Uint8Array.of(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22), /byte 1: .*not UTF-8/],
  ['a character cut short', Uint8Array.of(0x22, 0xe2, 0x82, 0x22), /byte 1: .*not UTF-8/],
  ['octets that are no UTF-8 between tokens', Uint8Array.of(0x5b, 0xff, 0x5d), /byte 1: expected a JSON value/],
]
for (const [what, text, message] of BAD)
  test(`refuses ${what}, and says where`, () => {
    refused(() => parseJson(typeof text === 'string' ? octets(text) : text), message)
  })

test('nests 100 deep and no deeper, before any stack could end', () => {
  const nested = (depth: number) => octets('['.repeat(depth) + ']'.repeat(depth))
  assert.ok(Array.isArray(parseJson(nested(100))))
  refused(() => parseJson(nested(101)), /byte 100: .*nested more than 100 deep/)
  refused(() => parseJson(octets('['.repeat(250_000))), /nested more than 100 deep/)
  refused(() => parseJson(octets('{"a":'.repeat(101))), /nested more than 100 deep/)
  assert.ok(Array.isArray(parseJson(nested(900), { maxDepth: 900 })))
})

test('refuses a text cut off at any byte', () => {
  const text = octets('{"a":[1.5e-3,true,null,"é\\u00e9\\n",{"b":-0}],"c":false}')
  for (let length = 0; length < text.length; length++) refused(() => parseJson(text.subarray(0, length)), /byte \d+/)
  parseJson(text)
})

test('never echoes much of what it refuses', () => {
  const message = refused(() => parseJson(octets(`["${'x'.repeat(10_000)}":1]`)), /expected/)
  assert.ok(message.length < 200, message)
})

test('a Buffer in a pool is read in its own bounds', () => {
  const pooled = Buffer.concat([Buffer.from('xx'), Buffer.from('[1]'), Buffer.from('yy')]).subarray(2, 5)
  assert.deepEqual(parseJson(pooled), [1])
})
