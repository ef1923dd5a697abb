import assert from 'node:assert/strict'
import { test } from 'node:test'
import { candidates, engineDefault } from '../../../src/serving/planning/candidates.ts'

const auto = { count: 'auto', threads: 'auto' } as const
const names = (room: Parameters<typeof candidates>[0], wanted: Parameters<typeof candidates>[1]) =>
  candidates(room, wanted).map(({ replicas, threads, spinning }) => `${replicas}×${threads}${spinning ? ' spinning' : ''}`)

test('two CPUs: every split of them, and the default of the engine', () => {
  assert.deepEqual(names({ cpus: 2, cores: 2, mostReplicas: 99 }, auto), ['2×1', '1×1', '1×2', '1×2 spinning'])
})

test('a core may be left to the server, and more CPUs mean more splits', () => {
  assert.deepEqual(names({ cpus: 4, cores: 4, mostReplicas: 99 }, auto), ['4×1', '3×1', '1×1', '2×2', '1×2', '1×4', '1×4 spinning'])
  assert.ok(names({ cpus: 6, cores: 6, mostReplicas: 99 }, auto).includes('1×6'))
})

test('threads × replicas stay within the quota, fractions included; only the default of the engine may pass it', () => {
  for (const cpus of [0.5, 1, 1.5, 2, 3.9, 8, 64]) {
    const found = candidates({ cpus, cores: 64, mostReplicas: 99 }, auto)
    const past = found.filter(({ replicas, threads }) => replicas * threads > Math.max(1, Math.floor(cpus)))
    assert.deepEqual(past, cpus >= 64 ? [] : [engineDefault(64)])
    assert.ok(found.length <= 25, `${found.length} candidates for ${cpus} CPUs`)
  }
})

test('no more replicas than fit into memory', () => {
  assert.ok(candidates({ cpus: 16, cores: 16, mostReplicas: 2 }, auto).every(({ replicas }) => replicas <= 2))
})

test('what is configured is kept', () => {
  assert.deepEqual(names({ cpus: 4, cores: 4, mostReplicas: 99 }, { count: 2, threads: 'auto' }), ['2×1', '2×2'])
  assert.deepEqual(names({ cpus: 4, cores: 4, mostReplicas: 99 }, { count: 'auto', threads: 2 }), ['2×2', '1×2'])
  assert.deepEqual(names({ cpus: 1, cores: 4, mostReplicas: 99 }, { count: 3, threads: 'auto' }), ['3×1'])
})
