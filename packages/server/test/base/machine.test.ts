import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freeMemory } from '../../src/base/machine.ts'

const reader = (files: Readonly<Record<string, string>>) => (path: string) => files[path]
const MEMINFO = { '/proc/meminfo': 'MemTotal: 8000 kB\nMemFree: 1000 kB\nMemAvailable:    4000 kB\n' }

test('free memory is what the kernel calls available, or all that is known where it says nothing', () => {
  assert.equal(freeMemory(reader(MEMINFO)), 4000 * 1024)
  assert.equal(freeMemory(reader({}), 7), 7)
})

test('a control group leaves its limit less what it holds; what it only keeps of files counts as free', () => {
  const group = { ...MEMINFO, '/proc/self/cgroup': '0::/pod/box' }
  const box = (stat: string) => ({
    '/sys/fs/cgroup/pod/box/memory.max': '1000',
    '/sys/fs/cgroup/pod/box/memory.current': '900',
    '/sys/fs/cgroup/pod/box/memory.stat': stat,
  })
  assert.equal(freeMemory(reader({ ...group, ...box('anon 5\ninactive_file 300\n') })), 400)
  assert.equal(freeMemory(reader({ ...group, ...box('') })), 100)
  const pod = { '/sys/fs/cgroup/pod/memory.max': '50', '/sys/fs/cgroup/pod/memory.current': '60' }
  assert.equal(freeMemory(reader({ ...group, ...box(''), ...pod })), 0)
  assert.equal(freeMemory(reader({ ...group, '/sys/fs/cgroup/memory.max': 'max', '/sys/fs/cgroup/memory.current': '60' })), 4000 * 1024)
})

test('control groups of the first version are read, too', () => {
  const files = {
    ...MEMINFO,
    '/proc/self/cgroup': '4:memory:/box',
    '/sys/fs/cgroup/memory/box/memory.limit_in_bytes': '1000',
    '/sys/fs/cgroup/memory/box/memory.usage_in_bytes': '900',
    '/sys/fs/cgroup/memory/box/memory.stat': 'inactive_file 1\ntotal_inactive_file 200',
  }
  assert.equal(freeMemory(reader(files)), 300)
})
