/**
 * How much memory a server holds once it has answered: the proportional set sizes of all its processes, so that what they share counts once.
 * The engine is copied first, since pages that a server shares with this benchmark would count half.
 */
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processTree, proportionalSetSize } from './process-tree.ts'
import { startServer } from './servers.ts'
import { table } from './table.ts'
import type { Verdict } from './targets.ts'

const REQUESTS = 10_000
const LONG_REQUESTS = 100_000
const CONNECTIONS = 32
const REPLICAS = [1, 2, 3]
const MOST_MB = 200
const MOST_MORE_MB = 100
/** What a long run may add to what the server held after a tenth of it. */
const MOST_GROWTH_MB = 20
const PORT = 21_650
const ROOT = join(import.meta.dirname, '..')
const BUN = join(ROOT, 'node_modules', '@oven', `bun-${process.platform}-${process.arch}`, 'bin', 'bun')
/** What has just been freed is given back a moment later. */
const SETTLE_MS = 2000

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks for the same prediction again and again, and checks every answer. */
async function ask(port: number, requests: number): Promise<void> {
  const data = Array.from({ length: 64 }, (_, index) => (index % 17) / 17)
  const body = JSON.stringify({ inputs: [{ name: 'image', datatype: 'FP32', shape: [1, 1, 8, 8], data }] })
  let left = requests
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await fetch(`http://127.0.0.1:${port}/v2/models/digits/infer`, { method: 'POST', body })
      const { outputs } = (await answer.json()) as { readonly outputs?: readonly { readonly data: readonly number[] }[] }
      const total = outputs?.[0]?.data.reduce((sum, value) => sum + value, 0) ?? 0
      if (!answer.ok || Math.abs(total - 1) > 1e-3)
        throw new Error(`a request was answered with ${answer.status} and probabilities that sum to ${total}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, one))
}

async function ready(port: number): Promise<void> {
  while (!(await fetch(`http://127.0.0.1:${port}/v2/health/ready`)).ok) await wait(20)
}

interface Sample {
  readonly engine: string
  readonly replicas: number
}

/** The size after each of these numbers of requests, in megabytes. */
async function measure(binary: string, { engine, replicas }: Sample, counts: readonly number[]): Promise<readonly number[]> {
  const command = join(ROOT, 'packages', 'server', 'bin', 'slipway.mjs')
  const running = await startServer({
    name: `Slipway on ${engine}`,
    command: [binary, command, 'serve', join(ROOT, 'examples', 'models', 'digits'), '--port', String(PORT)],
    port: PORT,
    env: { SLIPWAY_REPLICAS_COUNT: String(replicas), SLIPWAY_STORE_URL: 'memory:' },
  })
  try {
    await ready(PORT)
    const sizes: number[] = []
    let asked = 0
    for (const count of counts) {
      await ask(PORT, count - asked)
      asked = count
      await wait(SETTLE_MS)
      sizes.push(proportionalSetSize(processTree(running.pid)) / 1e6)
    }
    return sizes
  } finally {
    await running.stop()
  }
}

export interface MemoryFindings {
  readonly table: string
  readonly verdicts: readonly Verdict[]
}

/** Measures every engine with one to three replicas; with `long`, also whether a tenfold run makes one grow. Linux only. */
export async function measureMemory({ long }: { readonly long: boolean }, say: (line: string) => void): Promise<MemoryFindings> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-memory-'))
  try {
    const rows: string[][] = []
    const verdicts: Verdict[] = []
    for (const [engine, path] of [
      ['Node', process.execPath],
      ['Bun', BUN],
    ] as const) {
      const binary = join(folder, engine.toLowerCase())
      await copyFile(path, binary)
      say(`${engine}: a first start, which leaves its compiled sources for the others`)
      await measure(binary, { engine, replicas: 1 }, [1])
      const sizes: number[] = []
      for (const replicas of REPLICAS) {
        say(`${engine}: ${replicas} × replica, ${REQUESTS} requests`)
        sizes.push(...(await measure(binary, { engine, replicas }, [REQUESTS])))
      }
      rows.push([engine, ...sizes.map((size) => size.toFixed(0))])
      verdicts.push(...judge(engine, sizes))
      if (!long) continue
      say(`${engine}: ${LONG_REQUESTS} requests`)
      verdicts.push(
        judgeGrowth(engine, await measure(binary, { engine, replicas: 1 }, [LONG_REQUESTS / 10, LONG_REQUESTS / 2, LONG_REQUESTS])),
      )
    }
    return { table: table([`MB after ${REQUESTS} requests`, ...REPLICAS.map((count) => `${count} × replica`)], rows), verdicts }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function judge(engine: string, sizes: readonly number[]): readonly Verdict[] {
  const [one = 0] = sizes
  const more = Math.max(...sizes.slice(1).map((size, index) => size - (sizes[index] as number)))
  return [
    { what: `${engine}: one replica`, target: `≤ ${MOST_MB} MB`, measured: `${one.toFixed(0)} MB`, met: one <= MOST_MB },
    {
      what: `${engine}: each further replica`,
      target: `≤ ${MOST_MORE_MB} MB`,
      measured: `${more.toFixed(0)} MB`,
      met: more <= MOST_MORE_MB,
    },
  ]
}

/** The heap finds its size within the first half; a leak goes on after it. */
function judgeGrowth(engine: string, sizes: readonly number[]): Verdict {
  const [, half = 0, whole = 0] = sizes
  return {
    what: `${engine}: growth from ${LONG_REQUESTS / 2} to ${LONG_REQUESTS} requests`,
    target: `≤ ${MOST_GROWTH_MB} MB`,
    measured: `${(whole - half).toFixed(0)} MB (${sizes.map((size) => size.toFixed(0)).join(' → ')})`,
    met: whole - half <= MOST_GROWTH_MB,
  }
}
