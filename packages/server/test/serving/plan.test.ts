import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planFor, planForDevice } from '../../src/serving/plan.ts'

const machine = (cpus: number) => ({ cpus, cpusFrom: 'available cores', memoryBytes: 1, memoryFrom: '' })
const auto = { count: 'auto', threads: 'auto' } as const

test('threads × replicas never exceed the CPUs, unless somebody says so', () => {
  for (const cpus of [0.5, 1, 2, 3.5, 8, 64]) {
    for (const parameters of [100, 50_000_000]) {
      const { replicas, threads } = planFor(machine(cpus), parameters, auto)
      assert.ok(
        replicas >= 1 && threads >= 1 && replicas * threads <= Math.max(1, Math.floor(cpus)),
        `${cpus} CPUs: ${replicas} × ${threads}`,
      )
    }
  }
})

test('a large model gets every core for one run, a small one a thread', () => {
  assert.deepEqual(
    [planFor(machine(8), 50_000_000, auto)].map(({ replicas, threads }) => [replicas, threads]),
    [[1, 8]],
  )
  assert.deepEqual(
    [planFor(machine(2), 10_000, auto)].map(({ replicas, threads }) => [replicas, threads]),
    [[1, 1]],
  )
})

test('what is configured is kept, and the rest is fitted to it', () => {
  assert.deepEqual(planFor(machine(2), 10, { count: 3, threads: 2 }), { replicas: 3, threads: 2, spinning: false, why: 'as configured' })
  assert.equal(planFor(machine(8), 50_000_000, { count: 2, threads: 'auto' }).threads, 4)
  assert.equal(planFor(machine(8), 50_000_000, { count: 'auto', threads: 2 }).replicas, 4)
})

test('a device gets one replica, unless somebody says so', () => {
  assert.deepEqual(planForDevice('cuda on device 0', auto), {
    replicas: 1,
    threads: 1,
    spinning: false,
    why: 'it runs by cuda on device 0',
  })
  assert.deepEqual(planForDevice('cuda on device 0', { count: 2, threads: 4 }).replicas, 2)
})
