/** NVIDIA's GPUs, as their own tool lists them. */
import { readFile } from 'node:fs/promises'
import { run } from './process.ts'

export interface NvidiaDevice {
  readonly id: number
  readonly name: string
  readonly driver: string
  readonly memoryBytes: number
}

const TIMEOUT_MS = 10_000
const QUERY = ['--query-gpu=index,name,driver_version,memory.total', '--format=csv,noheader,nounits']

/** No device where there is no tool, or it finds no driver; `ask` is for tests. */
export async function listNvidia(ask: typeof run = run): Promise<readonly NvidiaDevice[]> {
  const answer = await ask('nvidia-smi', QUERY, TIMEOUT_MS).catch(() => undefined)
  return parseNvidia(answer?.stdout ?? '')
}

/** Lines such as `0, NVIDIA L4, 550.54.15, 23034`, the last in MiB; others are passed over. */
export function parseNvidia(text: string): readonly NvidiaDevice[] {
  return text.split('\n').flatMap((line) => {
    const [id, name, driver, mebibytes] = line.split(',').map((cell) => cell.trim())
    if (!/^\d+$/.test(id ?? '') || !/^\d+$/.test(mebibytes ?? '')) return []
    return [{ id: Number(id), name: name as string, driver: driver as string, memoryBytes: Number(mebibytes) * 2 ** 20 }]
  })
}

/** The driver's version, such as 550.54.15; undefined where none is loaded. */
export async function nvidiaDriver(): Promise<string | undefined> {
  const answer = await run('nvidia-smi', ['--query-gpu=driver_version', '--format=csv,noheader'], TIMEOUT_MS).catch(() => undefined)
  // In a container the tool may be missing where the kernel's module is there.
  const kernel = await readFile('/proc/driver/nvidia/version', 'utf8').catch(() => '')
  return /^\d+\.\d[\d.]*/.exec(answer?.stdout.trim() ?? '')?.[0] ?? /Kernel Module.*?\s(\d+\.\d[\d.]*)/.exec(kernel)?.[1]
}
