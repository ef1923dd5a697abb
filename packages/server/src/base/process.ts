/** The one door to child processes: what is started here dies with this process and may hold only so much memory. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Child {
  readonly pid: number
  /** Resolves once the process has ended; never rejects. */
  readonly exited: Promise<Exit>
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

export interface SpawnOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Octets of private memory past which allocations fail (Linux; elsewhere the caller watches the resident size). */
  readonly memoryBytes?: number
  /** Each line that the process prints, without its end. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void
}

const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => process.platform === 'linux' && existsSync(path))

/**
 * RLIMIT_DATA counts private writable memory and not address space, of which V8 reserves gigabytes it never touches (setrlimit(2)).
 * setpriv's parent-death signal ends a replica that is deep in a run when the supervisor is killed outright.
 */
function wrapped({ command, args, memoryBytes }: SpawnOptions): { file: string; argv: string[] } {
  const guarded = SETPRIV === undefined ? [command, ...args] : [SETPRIV, '--pdeathsig', 'KILL', command, ...args]
  if (process.platform !== 'linux' || memoryBytes === undefined) return { file: guarded[0] as string, argv: guarded.slice(1) }
  return { file: '/bin/sh', argv: ['-c', 'ulimit -d "$0" 2>/dev/null; exec "$@"', String(Math.ceil(memoryBytes / 1024)), ...guarded] }
}

/** Starts a process; rejects when it cannot be started at all. */
export async function spawnChild(options: SpawnOptions): Promise<Child> {
  const { file, argv } = wrapped(options)
  const child = spawn(file, argv, {
    env: { ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  child.on('error', () => {
    // A signal that could not be sent: the process is gone, and `exited` says so.
  })
  readLines(child, options.onLine)
  return { pid: child.pid as number, exited, kill: (signal) => void child.kill(signal) }
}

/** Lines past this are cut, so that a child cannot fill the supervisor's memory with one. */
const LONGEST_LINE = 8192

function readLines(child: ChildProcess, onLine: SpawnOptions['onLine']): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    let rest = ''
    const source = child[stream]
    source?.setEncoding('utf8')
    source?.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = (lines.pop() as string).slice(0, LONGEST_LINE)
      for (const line of lines) if (line !== '') onLine(line.slice(0, LONGEST_LINE), stream)
    })
    source?.on('end', () => {
      if (rest !== '') onLine(rest, stream)
    })
    source?.on('error', () => {
      // The pipe of a killed process may end in an error; its exit is what counts.
    })
  }
}

/** Runs a short command to its end; rejects on a non-zero exit code. For opening a browser, asking a tool for its version. */
export function run(
  command: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { timeout: timeoutMs, encoding: 'utf8' }, (error, stdout, stderr) =>
      error === null ? resolve({ stdout, stderr }) : reject(error),
    )
  })
}

export interface CaptureOptions extends Omit<SpawnOptions, 'onLine' | 'memoryBytes'> {
  /** What it reads from its standard input. */
  readonly input?: string
  /** It is killed after so long. */
  readonly timeoutMs: number
  /** Kills it. */
  readonly signal?: AbortSignal | undefined
  /** Each line that it prints, as it comes. */
  readonly onLine?: SpawnOptions['onLine']
}

export interface Captured extends Exit {
  readonly stdout: string
  /** Both streams as they came, without what is too much for people. */
  readonly lines: readonly string[]
}

/** Octets of standard output that are kept, and lines. */
const MOST_OUTPUT = 64 * 2 ** 20
const MOST_LINES = 2000

/** Runs a command to its end and says how it ended; rejects when it cannot be started, and with the signal's reason when that is aborted. */
export async function capture({ command, args, env, cwd, input = '', timeoutMs, signal, onLine }: CaptureOptions): Promise<Captured> {
  signal?.throwIfAborted()
  const { file, argv } = wrapped({ command, args, env, onLine: () => undefined })
  const child = spawn(file, argv, {
    env: { ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { signal }),
  })
  let stdout = ''
  const lines: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (stdout.length < MOST_OUTPUT) stdout += chunk
  })
  readLines(child, (line, stream) => {
    lines.push(line)
    if (lines.length > MOST_LINES) lines.shift()
    onLine?.(line, stream)
  })
  child.stdin.on('error', () => {
    // It ended before it had read all; how it ended is what counts.
  })
  child.stdin.end(input)
  const exit = await new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, exitSignal) => resolve({ code, signal: exitSignal }))
  }).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error
  })
  return { ...exit, stdout, lines }
}
