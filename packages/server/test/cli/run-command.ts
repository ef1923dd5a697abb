/** Starts the real command line, as a shell would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
export const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/conformance/${name}`, import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly stdin?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** Runs `slipway …` to its end. */
export async function slipway(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const child = startSlipway(args, options)
  child.stdin?.end(options.stdin ?? '')
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ])
  return { code, stdout, stderr }
}

export function startSlipway(args: readonly string[], { env, cwd }: CommandOptions = {}, stdio: 'pipe' | 'ipc' = 'pipe'): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: cwd ?? import.meta.dirname,
    // Measuring plans takes a second of the cores that other tests use.
    env: { PATH: process.env.PATH, SLIPWAY_REPLICAS_MEASURE: 'false', ...env },
    stdio: ['pipe', 'pipe', 'pipe', ...(stdio === 'ipc' ? (['ipc'] as const) : [])],
  })
  started.add(child)
  child.once('exit', () => started.delete(child))
  return child
}

/** What a failed test left running would keep its file from ending. */
const started = new Set<ChildProcess>()
after(() => {
  for (const child of started) child.kill('SIGKILL')
})

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  let all = ''
  for await (const part of stream ?? []) all += part
  return all
}

/** Resolves with everything printed so far once it matches; rejects when the stream ends before. */
export async function printed(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<string> {
  let all = ''
  return new Promise((resolve, reject) => {
    stream?.on('data', (part) => {
      all += part
      if (pattern.test(all)) resolve(all)
    })
    stream?.on('end', () => reject(new Error(`ended before ${pattern}: ${all}`)))
  })
}

/** The exit code and signal of a process that ends by itself. */
export function exited(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve({ code: child.exitCode, signal: child.signalCode })
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
}
