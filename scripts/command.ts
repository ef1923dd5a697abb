/** Runs a command of the repository to its end and keeps what it printed. */
import { spawn } from 'node:child_process'
import { ROOT } from './workspace.ts'

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The command is killed after this long and the promise rejects. */
  readonly timeoutMs?: number
}

/** Resolves with stdout and stderr as they came, in one text; rejects with that text when the exit code is not 0. */
export function runCommand(argv: readonly [string, ...string[]], options: CommandOptions = {}): Promise<string> {
  const [file, ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: 'SIGKILL' }),
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (chunk: string) => {
        printed += chunk
      })
    }
    child.on('error', (error) => reject(new Error(`${file} could not be started: ${error.message}`)))
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(printed)
      const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`
      const error = new Error(`${argv.join(' ')} ${how}\n${printed.trim()}`)
      // The command's own words say where it went wrong; a stack of ours would bury them.
      error.stack = error.message
      reject(error)
    })
  })
}
