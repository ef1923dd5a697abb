/** What of this machine we may really use: the smallest of cores, affinity and the control group's quota. */
import { readFileSync } from 'node:fs'
import { availableParallelism, freemem, totalmem } from 'node:os'

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

/** Octets of memory that nothing holds, with what the kernel only keeps of files and would give back; the least of the machine's and its groups'. */
export function freeMemory(read: ReadText = readText, installed = freemem()): number {
  const folders = groupFolders(read)
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(read('/proc/meminfo') ?? '')?.[1]
  const left = [
    available === undefined ? installed : Number(available) * 1024,
    ...folders.unified.map((at) => leftIn(read, { limit: `${at}/memory.max`, used: `${at}/memory.current`, stat: `${at}/memory.stat` })),
    ...folders.memory.map((at) =>
      leftIn(read, { limit: `${at}/memory.limit_in_bytes`, used: `${at}/memory.usage_in_bytes`, stat: `${at}/memory.stat` }),
    ),
  ]
  return Math.max(0, Math.min(...left))
}

function leftIn(read: ReadText, files: { readonly limit: string; readonly used: string; readonly stat: string }): number {
  const [limit, used] = [Number(read(files.limit)), Number(read(files.used))]
  // `max`, or a group that is not there, limits nothing.
  if (!(limit > 0) || !(used >= 0)) return Number.POSITIVE_INFINITY
  const stat = read(files.stat) ?? ''
  const cached = Number((/^total_inactive_file (\d+)$/m.exec(stat) ?? /^inactive_file (\d+)$/m.exec(stat))?.[1] ?? 0)
  return limit - used + cached
}
