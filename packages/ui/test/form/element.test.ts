import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseElement } from '../../src/form/element.ts'

test('64-bit integers keep every digit', () => {
  assert.deepEqual(parseElement('INT64', '9223372036854775807'), { value: 9223372036854775807n })
  assert.deepEqual(parseElement('UINT64', ' +18446744073709551615 '), { value: 18446744073709551615n })
})

test('integers out of range or with a fraction are refused', () => {
  assert.deepEqual(parseElement('INT64', '9223372036854775808'), { problem: '9223372036854775808 does not fit INT64' })
  assert.deepEqual(parseElement('UINT8', '-1'), { problem: '-1 does not fit UINT8' })
  assert.deepEqual(parseElement('INT8', '1.5'), { problem: '“1.5” is no whole number' })
  assert.deepEqual(parseElement('INT8', '2.0'), { value: 2n })
})

test('a comma may be the decimal point', () => {
  assert.deepEqual(parseElement('FP32', '-3,25'), { value: -3.25 })
})

test('NaN and the infinities can be typed', () => {
  assert.deepEqual(parseElement('FP32', 'nan'), { value: Number.NaN })
  assert.deepEqual(parseElement('FP32', '-Infinity'), { value: Number.NEGATIVE_INFINITY })
})

test('words are no numbers, and nothing is missing', () => {
  assert.deepEqual(parseElement('FP64', 'tall'), { problem: '“tall” is no number' })
  assert.deepEqual(parseElement('FP64', ' '), { problem: 'a value is missing' })
})

test('yes and no are booleans; text is taken as it is', () => {
  assert.deepEqual(parseElement('BOOL', 'Yes'), { value: true })
  assert.deepEqual(parseElement('BOOL', '0'), { value: false })
  assert.deepEqual(parseElement('BYTES', ' a '), { value: ' a ' })
})
