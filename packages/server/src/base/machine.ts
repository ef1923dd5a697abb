/** What of this machine we may really use: the smallest of cores, affinity and the control group's quota. */
import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'

export interface Machine {
  /** CPUs, possibly a fraction. */
  readonly cpus: number
  /** What the figure comes from, for people. */
  readonly cpusFrom: string
  readonly memoryBytes: number
  readonly memoryFrom: string
}

type ReadText = (path: string) => string | undefined

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** Folders of this process's control group and its parents, from the deepest: a quota on any of them binds. */
function groupFolders(read: ReadText): { unified: string[]; cpu: string[]; memory: string[] } {
  const found = {
    unified: ['/sys/fs/cgroup'],
    cpu: ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/cpu,cpuacct'],
    memory: ['/sys/fs/cgroup/memory'],
  }
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path] = line.match(/^\d+:([^:]*):(\/.*)$/) ?? []
    if (controllers === undefined || path === undefined) continue
    const parts = path.split('/').filter((part) => part !== '')
    const below = parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`)
    if (controllers === '') found.unified.unshift(...below.map((at) => `/sys/fs/cgroup${at}`))
    if (controllers.split(',').includes('cpu')) found.cpu.unshift(...below.map((at) => `/sys/fs/cgroup/cpu${at}`))
    if (controllers.split(',').includes('memory')) found.memory.unshift(...below.map((at) => `/sys/fs/cgroup/memory${at}`))
  }
  return found
}

function cpuQuota(folders: ReturnType<typeof groupFolders>, read: ReadText): number {
  let quota = Number.POSITIVE_INFINITY
  for (const folder of folders.unified) {
    const [most, period] = (read(`${folder}/cpu.max`) ?? 'max').split(' ')
    if (most !== 'max' && Number(most) > 0 && Number(period) > 0) quota = Math.min(quota, Number(most) / Number(period))
  }
  for (const folder of folders.cpu) {
    const most = Number(read(`${folder}/cpu.cfs_quota_us`) ?? -1)
    const period = Number(read(`${folder}/cpu.cfs_period_us`) ?? 0)
    if (most > 0 && period > 0) quota = Math.min(quota, most / period)
  }
  return quota
}

function memoryQuota(folders: ReturnType<typeof groupFolders>, read: ReadText): number {
  const values = [
    ...folders.unified.map((folder) => read(`${folder}/memory.max`)),
    ...folders.memory.map((folder) => read(`${folder}/memory.limit_in_bytes`)),
  ]
  return Math.min(Number.POSITIVE_INFINITY, ...values.map(Number).filter((value) => value > 0))
}

/** Reads the limits afresh; `read` is for tests. Control groups: Linux kernel documentation, cgroup-v1 and cgroup-v2. */
export function readMachine(read: ReadText = readText, cores = availableParallelism(), installed = totalmem()): Machine {
  const folders = groupFolders(read)
  const quota = cpuQuota(folders, read)
  const memory = memoryQuota(folders, read)
  return {
    cpus: Math.min(cores, quota),
    cpusFrom: quota < cores ? 'control group quota' : 'available cores',
    memoryBytes: Math.min(installed, memory),
    memoryFrom: memory < installed ? 'control group limit' : 'installed memory',
  }
}
