/** What kind of CPU this is, and how many cores of silicon it has: two threads of one core share its arithmetic. */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'

export interface Cpu {
  /** As it names itself, such as `AMD EPYC 7763`. */
  readonly model: string
  /** Physical cores, as an inference engine counts them for its own number of threads; quotas play no part. */
  readonly cores: number
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** `info` is /proc/cpuinfo, where there is one; `available` are the hardware threads that this process may run on. */
export function readCpu(info = readText('/proc/cpuinfo'), available = availableParallelism()): Cpu {
  const model = /^model name\s*:\s*(.+)$/m.exec(info ?? '')?.[1]?.trim() ?? cpus()[0]?.model.trim() ?? 'unknown'
  const cores = new Set<string>()
  for (const block of (info ?? '').split(/\n\s*\n/)) {
    const [socket, core] = [/^physical id\s*:\s*(\d+)$/m.exec(block)?.[1], /^core id\s*:\s*(\d+)$/m.exec(block)?.[1]]
    if (core !== undefined) cores.add(`${socket ?? 0}/${core}`)
  }
  return { model, cores: cores.size === 0 ? available : Math.max(1, Math.min(cores.size, available)) }
}
