import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSize } from '../../src/config/quantities.ts'

test('sizes count in millions with MB and in powers of two with MiB', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['64MB', 64_000_000],
    ['64MiB', 67_108_864],
    ['64 mb', 64_000_000],
    ['1.5GiB', 1_610_612_736],
    ['10B', 10],
    ['1kb', 1000],
    ['2 TB', 2e12],
    ['64', undefined],
    ['64M', undefined],
    ['-1MB', undefined],
    ['1e3MB', undefined],
    ['9999999999TB', undefined],
    ['', undefined],
  ]
  for (const [text, octets] of cases) assert.equal(parseSize(text), octets, text)
})
