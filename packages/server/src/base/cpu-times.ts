/** Processor time of processes, of the machine and of a quota. Linux tells; elsewhere everything is undefined. Sources: proc(5), the kernel's cgroup-v2 and sched-stats documents. */
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessTimes {
  /** Seconds on a CPU, all threads. */
  readonly cpuSeconds: number
  /** Seconds in which a thread was ready to run, but had no CPU. */
  readonly waitSeconds: number
}

/** Ticks of /proc/stat and /proc/PID/stat: 100 a second on every Linux that Node runs on (sysconf(_SC_CLK_TCK)). */
const TICKS = 100

/** Sums over the processes that are there; undefined where the system does not tell. The wait of threads that have ended is not counted any more. */
export function processTimes(pids: readonly number[]): ProcessTimes | undefined {
  let [cpu, wait, found] = [0, 0, false]
  for (const pid of pids) {
    // Behind the name, which may hold anything: state first, and the 12th and 13th are the ticks of all threads, ended ones too.
    const stat = read(`/proc/${pid}/stat`)
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields === undefined) continue
    cpu += (Number(fields[11]) + Number(fields[12])) / TICKS
    for (const thread of list(`/proc/${pid}/task`)) {
      const waiting = read(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[1]
      if (waiting === undefined) continue
      wait += Number(waiting) / 1e9
      found = true
    }
  }
  return found ? { cpuSeconds: cpu, waitSeconds: wait } : undefined
}

/** Of all CPUs since the machine started; `stolen` is what other virtual machines took. */
export function machineTimes(): { readonly busySeconds: number; readonly stolenSeconds: number } | undefined {
  const [name, ...fields] = (read('/proc/stat') ?? '').split('\n', 1)[0]?.split(/\s+/) ?? []
  if (name !== 'cpu') return undefined
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields.map(Number)
  return { busySeconds: (user + nice + system + irq + softirq) / TICKS, stolenSeconds: steal / TICKS }
}

/** Seconds for which the control group's quota has stopped this process. */
export function throttledSeconds(): number | undefined {
  const path = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '/'
  for (const folder of [`/sys/fs/cgroup${path === '/' ? '' : path}`, '/sys/fs/cgroup']) {
    const throttled = /^throttled_usec (\d+)$/m.exec(read(`${folder}/cpu.stat`) ?? '')?.[1]
    if (throttled !== undefined) return Number(throttled) / 1e6
  }
  return undefined
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
