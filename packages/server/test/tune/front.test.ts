import assert from 'node:assert/strict'
import { test } from 'node:test'
import { milliseconds, paretoFront, plotFront } from '../../src/tune/front.ts'

const spot = (name: string, rowsPerSecond: number, p99Ms: number) => ({ name, rowsPerSecond, p99Ms })
const SPOTS = [
  spot('slow and little', 50, 100),
  spot('quick', 100, 10),
  spot('most', 400, 80),
  spot('between', 300, 30),
  spot('beaten', 90, 12),
]

test('on the front stands what nothing else beats in both', () => {
  assert.deepEqual(
    paretoFront(SPOTS).map(({ name }) => name),
    ['quick', 'between', 'most'],
  )
})

test('the plot fits its width, marks the front apart from the rest, and shows the target', () => {
  const lines = plotFront(SPOTS, { width: 60, height: 10, targetP99Ms: 50 })
  assert.ok(lines.every((line) => line.length <= 60))
  assert.deepEqual([[...lines.join('').matchAll(/●/g)].length, [...lines.join('').matchAll(/·/g)].length], [3, 2])
  assert.match(lines[1] as string, /^ +400 │.*●/)
  assert.equal(lines.filter((line) => line.indexOf('│', 12) > 0).length, 10)
  assert.deepEqual(plotFront([], { width: 60, height: 10, targetP99Ms: 5 }), [])
  assert.deepEqual(plotFront([spot('late', 1, Number.POSITIVE_INFINITY)], { width: 60, height: 10, targetP99Ms: 5 }), [])
})

test('milliseconds are told in three digits', () => {
  assert.deepEqual([0.123, 1.23, 12.3, 1234].map(milliseconds), ['0.12 ms', '1.2 ms', '12 ms', '1,234 ms'])
})
