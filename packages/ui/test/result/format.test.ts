import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatAge,
  formatCount,
  formatMs,
  formatName,
  formatNumber,
  formatRate,
  formatShare,
  shortDigest,
} from '../../src/result/format.ts'

test('durations keep three digits', () => {
  assert.deepEqual([0.416, 5, 12.34, 250.4, 1500, 12_340].map(formatMs), ['0.42 ms', '5 ms', '12.3 ms', '250 ms', '1.5 s', '12.3 s'])
})

test('zeros of whole numbers stay', () => {
  assert.deepEqual([formatMs(100), formatMs(20), formatRate(50), formatRate(0.04)], ['100 ms', '20 ms', '50', '0'])
})

test('shares do not round to nothing or to everything', () => {
  assert.deepEqual([0, 0.0004, 0.978, 0.99996, 1].map(formatShare), ['0 %', '< 0.1 %', '97.8 %', '> 99.9 %', '100 %'])
})

test('numbers are as short as they can be, integers whole', () => {
  assert.deepEqual(
    [formatNumber(0.1 + 0.2), formatNumber(2n ** 60n), formatNumber(12345678), formatNumber(Number.NaN)],
    ['0.3', '1152921504606846976', '12345678', 'NaN'],
  )
})

test('counts are grouped, then shortened', () => {
  assert.deepEqual([812, 9812, 12_345, 4_100_000].map(formatCount), ['812', '9,812', '12.3K', '4.1M'])
})

test('ages are in the unit that says most', () => {
  assert.deepEqual([5000, 200_000, 7_500_000, 400_000_000].map(formatAge), ['5 s', '3 min', '2 h 5 min', '4 d'])
})

test('names from code are words', () => {
  assert.deepEqual(['drawingsAccuracy', 'f1_score', 'four-rows'].map(formatName), ['drawings accuracy', 'f1 score', 'four rows'])
})

test('a digest is its first digits', () => {
  assert.equal(shortDigest('sha256:0123456789abcdef'), '0123456789ab')
})
