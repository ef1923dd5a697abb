import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPlain, writePlain } from '../src/plain-json.ts'

test('values are written exactly', () => {
  const inputs = {
    a: [1.5, -0, 2n ** 63n, Number.NaN, Number.NEGATIVE_INFINITY],
    b: new Float32Array([0.5]),
    c: new BigInt64Array([-1n]),
    d: ['é"', true],
  }
  assert.equal(writePlain(inputs), '{"a":[1.5,-0,9223372036854775808,"NaN","-Infinity"],"b":[0.5],"c":[-1],"d":["é\\"",true]}')
})

test('what JSON has not is refused', () => {
  for (const value of [undefined, null, () => 1, Symbol('x'), new Blob(['x']), new ArrayBuffer(1)])
    assert.throws(() => writePlain({ a: [value] }), { code: 'INVALID_ARGUMENT', message: /is no plain value/ })
  const endless: unknown[] = []
  endless.push(endless)
  assert.throws(() => writePlain(endless), { code: 'INVALID_ARGUMENT', message: /hold themselves/ })
})

test('answers are read exactly, and any name is just a name', () => {
  const read = readPlain(new TextEncoder().encode('{"outputs":{"__proto__":[9007199254740993,1]},"b":null}'))
  const { outputs } = read as { outputs: Record<string, unknown> }
  assert.deepEqual(Object.entries(outputs), [['__proto__', [9007199254740993n, 1]]])
  assert.equal(Object.getPrototypeOf(outputs), null)
})

test('an answer that is no JSON says so', () => {
  assert.throws(() => readPlain(new TextEncoder().encode('<html>')), {
    code: 'INTERNAL',
    message: /^the answer is no JSON: .*is a Slipway server there\?$/,
  })
})
