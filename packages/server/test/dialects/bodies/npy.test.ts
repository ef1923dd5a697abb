/** Arrays that NumPy itself wrote, and what is written for it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type BytesData, type Datatype, numbersOf, tensor, toBfloat16 } from '@slipway/protocol'
import fc from 'fast-check'
import { decodeNpy, encodeNpy } from '../../../src/dialects/bodies/npy.ts'

interface Written {
  readonly name: string
  readonly file: string
  readonly datatype?: Datatype
  readonly shape?: readonly number[]
  readonly values?: readonly number[]
  readonly texts?: readonly string[]
  /** What is written for it is the same file. */
  readonly same?: true
}
const { cases, refused } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'npy', 'arrays.json'), 'utf8')) as {
  readonly cases: readonly Written[]
  readonly refused: readonly { readonly name: string; readonly file: string; readonly says: string }[]
}
const bytesOf = (file: string) => new Uint8Array(Buffer.from(file, 'base64'))

for (const { name, file, datatype = 'BYTES', shape = [2, 3], values = [0, 1, 2, 3, 4, 5], texts, same } of cases) {
  test(`an array of NumPy is read: ${name}`, () => {
    const value = decodeNpy(bytesOf(file))
    assert.deepEqual([value.datatype, value.shape], [datatype, shape])
    if (texts !== undefined) {
      assert.deepEqual(
        (value.data as BytesData).map((text) => Buffer.from(text).toString('utf8')),
        texts,
      )
      return
    }
    assert.deepEqual(numbersOf(value), datatype === 'BOOL' ? values.map((one) => one % 2) : values)
    if (same) assert.equal(Buffer.from(encodeNpy(value)).toString('base64'), file)
  })
}

for (const { name, file, says } of refused) {
  test(`an array of ${name} is refused`, () =>
    assert.throws(() => decodeNpy(bytesOf(file)), { code: 'INVALID_ARGUMENT', message: new RegExp(says) }))
}

test('64-bit integers are exact, BF16 becomes the FP32 of the same value, octets come back without their padding', () => {
  const longs = tensor('INT64', [2], BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)))
  assert.deepEqual(decodeNpy(encodeNpy(longs)), longs)
  const halves = tensor('BF16', [2], Uint16Array.of(toBfloat16(1.5), toBfloat16(Number.NEGATIVE_INFINITY)))
  assert.deepEqual(decodeNpy(encodeNpy(halves)), tensor('FP32', [2], Float32Array.of(1.5, Number.NEGATIVE_INFINITY)))
  const texts = tensor('BYTES', [2, 1], [Buffer.from('ä'), Buffer.alloc(0)])
  assert.deepEqual(
    (decodeNpy(encodeNpy(texts)).data as BytesData).map((text) => Buffer.from(text).toString()),
    ['ä', ''],
  )
})

test('a file that lies about its size is refused before anything of that size is made', () => {
  const header = (text: string) => {
    const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text}`, 'latin1')
    head.writeUInt16LE(text.length, 8)
    return new Uint8Array(head)
  }
  for (const [descr, shape] of [
    ['|S0', '(9007199254740991,)'],
    ['<f8', '(9007199254740991,)'],
    ['<f4', '(4294967296, 4294967296)'],
    ['|S99999999999999999999', '(1,)'],
  ])
    assert.throws(
      () => decodeNpy(header(`{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`)),
      { code: 'INVALID_ARGUMENT' },
      descr,
    )
})

test('a file that is cut or changed anywhere is read or refused, and fails in no other way', () => {
  const whole = Buffer.from((cases[8] as Written).file, 'base64')
  fc.assert(
    fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (length, at, octet) => {
      const bytes = new Uint8Array(whole.subarray(0, length))
      if (at < length) bytes[at] = octet
      try {
        decodeNpy(bytes)
      } catch (error) {
        assert.equal((error as { readonly code?: unknown }).code, 'INVALID_ARGUMENT', String(error))
      }
    }),
    { numRuns: 2000 },
  )
})
