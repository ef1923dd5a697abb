import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpProcesses } from '../../../src/app/http-processes/count.ts'

const count = (workers: number | 'auto', cpus: number, replicas: { count: number | 'auto'; threads: number | 'auto' }) =>
  httpProcesses({ http: { workers }, replicas }, { cpus }, 'linux')

test('auto takes the CPUs that replicas leave, half of them where their number is open, and always one', () => {
  const auto = { count: 'auto', threads: 'auto' } as const
  assert.equal(count('auto', 8, auto), 4)
  assert.equal(count('auto', 2, auto), 1)
  assert.equal(count('auto', 1, auto), 1)
  assert.equal(count('auto', 8, { count: 2, threads: 1 }), 6)
  assert.equal(count('auto', 8, { count: 4, threads: 4 }), 1)
  assert.equal(count(3, 1, auto), 3)
})

test('auto is one where ports cannot be shared', () => {
  const settings = { http: { workers: 'auto' }, replicas: { count: 1, threads: 1 } } as const
  assert.equal(httpProcesses(settings, { cpus: 8 }, 'darwin'), 1)
})
