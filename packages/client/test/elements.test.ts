import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromFloat16, type NumericDatatype } from '@slipway/protocol'
import fc from 'fast-check'
import { bytesData, datatypeOf, numericData, recastData } from '../src/elements.ts'

const refused = (message: string) => ({ name: 'SlipwayError', code: 'INVALID_ARGUMENT', message: `input "x": ${message}` })

for (const [datatype, least, most] of [
  ['UINT8', 0, 255],
  ['INT8', -128, 127],
  ['UINT16', 0, 65535],
  ['INT16', -32768, 32767],
  ['UINT32', 0, 4294967295],
  ['INT32', -2147483648, 2147483647],
] as const)
  test(`${datatype} takes every whole number of its range and nothing else`, () => {
    assert.deepEqual([...numericData(datatype, [least, most, BigInt(most)], 'x')], [least, most, most])
    for (const bad of [least - 1, most + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '1', true, null, undefined])
      assert.throws(
        () => numericData(datatype, [least, bad], 'x'),
        refused(`element 1 is ${JSON.stringify(String(bad))}, but ${datatype} takes a whole number from ${least} to ${most}`),
      )
  })

test('64-bit integers are exact, and a number that may already have been rounded is refused', () => {
  const most = 2n ** 63n - 1n
  assert.deepEqual([...numericData('INT64', [most, -most - 1n, 2 ** 53 - 1, -1], 'x')], [most, -most - 1n, 2n ** 53n - 1n, -1n])
  assert.deepEqual([...numericData('UINT64', [2n ** 64n - 1n, 7], 'x')], [2n ** 64n - 1n, 7n])
  assert.throws(() => numericData('INT64', [2 ** 53], 'x'), /past 2\^53-1 as a bigint/)
  assert.throws(() => numericData('INT64', [most + 1n], 'x'), /element 0 is "9223372036854775808"/)
  assert.throws(() => numericData('UINT64', [-1n], 'x'), /a whole number from 0 to 18446744073709551615/)
})

test('BOOL takes true, false, 1 and 0', () => {
  assert.deepEqual([...numericData('BOOL', [true, false, 1, 0], 'x')], [1, 0, 1, 0])
  assert.throws(() => numericData('BOOL', [2], 'x'), refused('element 0 is "2", but BOOL takes true, false, 1 or 0'))
})

test('FP32 rounds to the nearest, keeps NaN, infinities and -0, and refuses what would overflow', () => {
  const data = numericData('FP32', [0.1, Number.NaN, Number.NEGATIVE_INFINITY, -0, 3.4028235e38], 'x')
  assert.deepEqual([...data], [Math.fround(0.1), Number.NaN, Number.NEGATIVE_INFINITY, -0, 3.4028234663852886e38])
  assert.throws(
    () => numericData('FP32', [1, 1e39], 'x'),
    refused('element 1 is "1e+39", but FP32 takes a number up to ±3.4028234663852886e+38'),
  )
  assert.throws(() => numericData('FP32', [1n], 'x'), /element 0 is "1"/)
})

test('FP16 and BF16 numbers become their raw bits', () => {
  assert.deepEqual([...numericData('FP16', [1, 65504, 65519, Number.POSITIVE_INFINITY], 'x')], [0x3c00, 0x7bff, 0x7bff, 0x7c00])
  assert.throws(() => numericData('FP16', [65520], 'x'), /FP16 takes a number up to ±65504/)
  assert.deepEqual([...numericData('BF16', [1, -2], 'x')], [0x3f80, 0xc000])
  assert.throws(() => numericData('BF16', [3.4e38], 'x'), /BF16 takes/)
})

test('a typed array of the datatype’s own class is not copied', () => {
  const floats = new Float32Array([0, 1, 2]).subarray(1)
  assert.deepEqual(recastData('FP32', floats, 'x'), floats)
  assert.equal(recastData('FP32', floats, 'x').buffer, floats.buffer)
  const halves = new Uint16Array([0x3c00])
  assert.deepEqual(recastData('FP16', halves, 'x'), halves)
  const pixels = new Uint8ClampedArray([7, 9])
  assert.equal(recastData('UINT8', pixels, 'x').buffer, pixels.buffer)
  assert.ok(recastData('UINT8', pixels, 'x') instanceof Uint8Array)
})

test('a typed array of another class is converted by value, exactly or not at all', () => {
  assert.deepEqual(recastData('FP32', new Float64Array([0.5, 2]), 'x'), new Float32Array([0.5, 2]))
  assert.deepEqual(recastData('INT64', new Int32Array([-5]), 'x'), new BigInt64Array([-5n]))
  assert.deepEqual(recastData('UINT8', new Float32Array([255]), 'x'), new Uint8Array([255]))
  assert.throws(() => recastData('UINT8', new Float32Array([0.5]), 'x'), /element 0 is "0.5"/)
  assert.throws(() => recastData('BOOL', new Uint8Array([2]), 'x'), /BOOL takes/)
})

test('every class of typed array means a datatype, Float16Array too where there is one', () => {
  for (const [array, datatype] of [
    [new Int8Array(1), 'INT8'],
    [new Uint8ClampedArray(1), 'UINT8'],
    [new BigUint64Array(1), 'UINT64'],
    [new Float64Array(1), 'FP64'],
    [Buffer.alloc(1), 'UINT8'],
  ] as const)
    assert.equal(datatypeOf(array), datatype)
  if (typeof Float16Array === 'undefined') return
  assert.equal(datatypeOf(new Float16Array([1])), 'FP16')
  assert.deepEqual(recastData('FP16', new Float16Array([1, 2]), 'x'), new Uint16Array([0x3c00, 0x4000]))
  assert.deepEqual(recastData('FP32', new Float16Array([1.5]), 'x'), new Float32Array([1.5]))
})

test('numbers that a datatype holds exactly come back unchanged', () => {
  const cases: readonly [NumericDatatype, fc.Arbitrary<number>][] = [
    ['FP32', fc.float()],
    ['FP64', fc.double()],
    ['INT32', fc.integer()],
  ]
  for (const [datatype, numbers] of cases)
    fc.assert(fc.property(fc.array(numbers), (values) => assert.deepEqual([...numericData(datatype, values, 'x')], values)))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7bff }), (bits) => assert.equal(numericData('FP16', [fromFloat16(bits)], 'x')[0], bits)),
  )
})

test('BYTES takes text as UTF-8 and octets as they are', () => {
  const octets = new Uint8Array([255, 0])
  assert.deepEqual(bytesData(['é', octets], 'x'), [new Uint8Array([0xc3, 0xa9]), octets])
  assert.throws(() => bytesData(['a', 1], 'x'), refused('element 1 is "1", but BYTES takes strings and Uint8Arrays'))
})
