import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choose, type Goal, type Measured, sustained } from '../../../src/serving/planning/choice.ts'

const goal: Goal = { cpus: 2, serveMs: 0.05, httpProcesses: 1 }

/** `2×1` with so many rows a second; a run of one row, alone as under load, unless told otherwise. */
function one(shape: string, rowsPerSecond: number, more: Partial<Measured> = {}): Measured {
  const [replicas = 1, threads = 1] = shape.split('×').map(Number)
  const runMs = (1000 * replicas) / rowsPerSecond
  return { shape: { replicas, threads, spinning: false }, rows: 1, runMs, aloneMs: runMs, rowsPerSecond, ...more }
}

const chosen = (measured: readonly Measured[], current: string, more: Partial<Goal> = {}, engine = '1×2') => {
  const { chosen: found, gain } = choose(measured, { current: one(current, 1).shape, engine: one(engine, 1).shape }, { ...goal, ...more })
  return `${found.shape.replicas}×${found.shape.threads} ${gain.toFixed(2)}`
}

test('a clearly better plan is chosen, one that is a little better is not', () => {
  assert.equal(chosen([one('1×2', 100), one('2×1', 130)], '1×2'), '2×1 1.30')
  assert.equal(chosen([one('1×2', 100), one('2×1', 109)], '1×2'), '1×2 1.00')
})

test('nobody is served worse than by the default of the engine: a small lead of that one counts', () => {
  assert.equal(chosen([one('1×1', 100), one('1×2', 105)], '1×1'), '1×2 1.04')
  assert.equal(chosen([one('1×1', 100), one('1×2', 102)], '1×1'), '1×1 1.00')
  assert.equal(chosen([one('1×1', 100), one('1×2', 105)], '1×1', {}, '4×4'), '1×1 1.00')
})

test('rows that the server cannot read fast enough are no gain', () => {
  const small = [one('1×1', 100_000), one('2×1', 190_000)]
  assert.equal(sustained(small[0] as Measured, goal), 20_000)
  assert.equal(chosen(small, '1×1'), '1×1 1.00')
})

test('the server needs a share of the CPUs that the replicas take', () => {
  // Each row costs 0.1 ms in a replica and 0.05 ms in the server, so two CPUs carry 13,333 a second, not 20,000.
  assert.equal(Math.round(sustained(one('2×1', 20_000), goal)), 13_333)
  assert.equal(sustained(one('1×1', 10_000), goal), 10_000)
  assert.equal(Math.round(sustained(one('2×1', 20_000), { ...goal, cpus: 64 })), 20_000)
})

test('threads of one run wait for the one whose CPU the server takes', () => {
  // Alone they are the quicker ones; with 1 ms of reading and answering for each row they are not.
  assert.equal(chosen([one('2×1', 240), one('1×2', 255)], '2×1', {}), '1×2 1.06')
  assert.equal(chosen([one('2×1', 240), one('1×2', 255)], '2×1', { serveMs: 1 }), '2×1 1.00')
})

test('within a target the quickest throughput wins, whatever a lone row takes; past it nothing does', () => {
  const slow = one('2×1', 130, { runMs: 60 })
  const quick = one('1×2', 100, { runMs: 20 })
  assert.equal(chosen([quick, slow], '1×2', { targetP99Ms: 50 }), '1×2 1.00')
  assert.equal(chosen([quick, slow], '2×1', { targetP99Ms: 50 }), '1×2 0.77')
  assert.equal(chosen([quick, slow], '1×2', { targetP99Ms: 200 }), '2×1 1.30')
})

test('when no plan meets the target, the one that is nearest to it is chosen', () => {
  assert.equal(chosen([one('1×2', 100, { runMs: 20 }), one('2×1', 130, { runMs: 60 })], '2×1', { targetP99Ms: 5 }), '1×2 0.77')
})

test('without a target, throughput is not bought by a much longer wait of a lone row', () => {
  const eight = { cpus: 8 }
  assert.equal(chosen([one('1×8', 100, { aloneMs: 10 }), one('8×1', 150, { aloneMs: 60 })], '1×8', eight, '1×8'), '1×8 1.00')
  assert.equal(chosen([one('1×8', 100, { aloneMs: 10 }), one('8×1', 150, { aloneMs: 20 })], '1×8', eight, '1×8'), '8×1 1.51')
})
