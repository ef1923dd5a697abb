import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Latencies } from '../../src/bench/latencies.ts'

const near = (value: number, wanted: number) => assert.ok(Math.abs(value - wanted) <= 0.016 * wanted, `${value} is not ${wanted}`)

test('quantiles lie within 1.6 % of the true ones, whatever their size', () => {
  const latencies = new Latencies()
  for (let one = 1; one <= 10_000; one++) latencies.observe(one / 100)
  near(latencies.quantile(0.5), 50)
  near(latencies.quantile(0.99), 99)
  assert.equal(latencies.quantile(1), 100)
})

test('what is written can be read and added up', () => {
  const one = new Latencies()
  for (const ms of [0, 0.2, 0.2, 7, 1e9]) one.observe(ms)
  const read = Latencies.parse(one.toText())
  assert.deepEqual(read.buckets(), one.buckets())
  assert.equal(read.mostMs, 1e9)
  read.add(one)
  assert.equal(read.count, 10)
  assert.equal(
    read.buckets().reduce((sum, { count }) => sum + count, 0),
    10,
  )
})

test('a line of output is never too long for its reader, whatever was seen', () => {
  const latencies = new Latencies()
  for (let ms = 0.0005; ms < 2 ** 21; ms *= 1.01) for (let times = 0; times < 40; times++) latencies.observe(ms)
  assert.ok(latencies.toText().length < 8000)
})

test('nothing seen is no latency of zero', () => {
  assert.ok(Number.isNaN(new Latencies().quantile(0.5)))
})
