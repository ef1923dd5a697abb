/** One load for as long as it takes to know its figures: the generator in a process of its own, stopped once they have settled. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ServeError } from '@slipway/protocol'
import { spawnChild } from '../base/process.ts'
import { Latencies } from './latencies.ts'
import type { LoadPlan, WindowReport } from './load-plan.ts'
import { type Settled, settled } from './windows.ts'

export interface StageResult {
  readonly load: LoadPlan['load']
  readonly windows: readonly WindowReport[]
  /** Answers a second. */
  readonly perSecond: Settled
  /** Milliseconds. */
  readonly p50: Settled
  readonly p99: Settled
  readonly p999Ms: number
  readonly mostMs: number
  readonly latencies: Latencies
  readonly failed: number
  readonly firstFailure?: string
  readonly dropped: number
}

export interface StageOptions {
  /** Each window as it ends. */
  onWindow(window: WindowReport): void
  readonly signal: AbortSignal
}

/** Runs the plan until its figures have settled or its windows are used up. Rejects with UNAVAILABLE when the generator fails. */
export async function runStage(plan: LoadPlan, { onWindow, signal }: StageOptions): Promise<StageResult> {
  signal.throwIfAborted()
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'))
  try {
    const path = join(folder, 'plan.json')
    await writeFile(path, JSON.stringify(plan))
    const windows: WindowReport[] = []
    const said: string[] = []
    const [command, ...args] = generatorCommand()
    const child = await spawnChild({
      command,
      args: [...args, path],
      env: {},
      onLine: (line, stream) => {
        if (stream === 'stderr') {
          said.push(line)
          return
        }
        const window = JSON.parse(line) as WindowReport
        windows.push(window)
        onWindow(window)
        if (hasSettled(windows)) child.kill('SIGTERM')
      },
    })
    const stop = () => child.kill('SIGTERM')
    signal.addEventListener('abort', stop, { once: true })
    await child.exited
    signal.removeEventListener('abort', stop)
    signal.throwIfAborted()
    if (windows.length === 0) throw new ServeError('UNAVAILABLE', `the load generator ended without a figure: ${said.slice(-3).join('; ')}`)
    return stageResult(plan.load, windows)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function generatorCommand(): readonly [string, ...string[]] {
  const script = import.meta.url.endsWith('.ts') ? './generate.ts' : './generate.js'
  const quiet = process.versions.bun === undefined ? ['--disable-warning=ExperimentalWarning'] : []
  return [process.execPath, ...quiet, fileURLToPath(new URL(script, import.meta.url))]
}

const ratesOf = (windows: readonly WindowReport[]) => windows.map(({ answered, seconds }) => answered / seconds)
const quantilesOf = (windows: readonly WindowReport[], q: number) => windows.map(({ latencies }) => Latencies.parse(latencies).quantile(q))

function hasSettled(windows: readonly WindowReport[]): boolean {
  return settled(ratesOf(windows)).stable && settled(quantilesOf(windows, 0.5)).stable && settled(quantilesOf(windows, 0.99)).stable
}

/** The figures of the windows of one load. */
function stageResult(load: LoadPlan['load'], windows: readonly WindowReport[]): StageResult {
  const latencies = new Latencies()
  for (const window of windows) latencies.add(Latencies.parse(window.latencies))
  const firstFailure = windows.find((window) => window.firstFailure !== undefined)?.firstFailure
  return {
    load,
    windows,
    perSecond: settled(ratesOf(windows)),
    p50: settled(quantilesOf(windows, 0.5)),
    p99: settled(quantilesOf(windows, 0.99)),
    p999Ms: latencies.quantile(0.999),
    mostMs: latencies.mostMs,
    latencies,
    failed: windows.reduce((sum, { failed }) => sum + failed, 0),
    dropped: windows.reduce((sum, { dropped }) => sum + dropped, 0),
    ...(firstFailure === undefined ? {} : { firstFailure }),
  }
}
