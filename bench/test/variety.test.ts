import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVariety, NUMBER_TEXT, zipf } from '../variety.ts'

test('a unique number is never sent twice, and everything around it stays as it was', () => {
  const octets = Buffer.from(`[${NUMBER_TEXT},2]`)
  const next = createVariety({ kind: 'unique', at: 1, form: 'text', start: 999_998 }, 1)
  const sent = Array.from({ length: 4 }, () => next(octets).toString())
  assert.deepEqual(sent, ['[1.999998e-6,2]', '[1.999999e-6,2]', '[1.000000e-6,2]', '[1.000001e-6,2]'])
  assert.equal(octets.toString(), `[${NUMBER_TEXT},2]`)
})

test('numbers are told apart as FP32, too', () => {
  const next = createVariety({ kind: 'unique', at: 0, form: 'fp32', start: 0 }, 0)
  const sent = new Set(Array.from({ length: 100_000 }, () => next(Buffer.alloc(4)).readFloatLE()))
  assert.equal(sent.size, 100_000)
  assert.ok([...sent].every((value) => value >= 0.9e-6 && value < 2.1e-6))
})

test('the second most popular number comes half as often as the first, and a seed draws the same again', () => {
  const [a, b] = [zipf(7), zipf(7)]
  const drawn = Array.from({ length: 50_000 }, a)
  assert.deepEqual(drawn.slice(0, 100), Array.from({ length: 100 }, b))
  const times = (rank: number) => drawn.filter((each) => each === rank).length
  assert.ok(Math.abs(times(0) / times(1) - 2) < 0.3, `${times(0)} and ${times(1)}`)
  assert.ok(Math.max(...drawn) < 100_000)
})
