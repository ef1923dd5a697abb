/** Runs one client's script and reads what it printed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { inRoot } from '../workspace.ts'
import type { Client, Place } from './catalog.ts'
import { dependenciesOf, providePython } from './environment.ts'

export interface Finding {
  readonly client: Client
  /** The client's package and version, such as `kserve 0.21.0`. */
  readonly version: string
  readonly checks: number
  /** One sentence for each check that does not hold. */
  readonly failures: readonly string[]
  /** The scores of the digits image that this client was given. */
  readonly numbers?: readonly number[]
  /** Why it was not run. */
  readonly skipped?: string
}

const SCRIPT_LIMIT_MS = 120_000

const scriptPath = (client: Client): string => inRoot('packages', 'server', 'test', 'clients', client.script)

/** The requirement that the client is named after, as `kserve 0.21.0`. */
export function versionOf({ name }: Client, dependencies: readonly string[]): string {
  const named = dependencies.find((one) => name.includes(one.split(/[[=]/, 1)[0] as string)) ?? dependencies[0]
  return (named as string).replace(/\[.*\]/, '').replace('==', ' ')
}

/** Never rejects: what cannot be installed is skipped, what breaks has failed. */
export async function prove(client: Client, place: Place): Promise<Finding> {
  const script = scriptPath(client)
  const version = versionOf(client, dependenciesOf(readFileSync(script, 'utf8')))
  const python = await providePython(script).catch((error: Error) => error)
  if (python instanceof Error) return { client, version, checks: 0, failures: [], skipped: lastLine(python.message) }
  const { code, printed, complained } = await runScript([python, script, ...client.asks(place)])
  const read = readChecks(printed)
  const broke = code !== 0 && read.failures.length === 0
  return { client, version, ...read, ...(broke ? { failures: [`ended with exit code ${code}: ${lastLine(complained)}`] } : {}) }
}

/** Lines of `ok`, `FAILED` and `numbers`; others are the client's own. */
export function readChecks(printed: string): Pick<Finding, 'checks' | 'failures' | 'numbers'> {
  const lines = printed.split('\n')
  const failures = lines.filter((line) => line.startsWith('FAILED')).map((line) => line.slice('FAILED'.length).trim())
  const numbers = lines.find((line) => line.startsWith('numbers '))
  return {
    checks: failures.length + lines.filter((line) => line.startsWith('ok ')).length,
    failures,
    ...(numbers === undefined ? {} : { numbers: JSON.parse(numbers.slice('numbers '.length)) as readonly number[] }),
  }
}

/** True when all who got numbers got the same to the last bit of FP32, and somebody did. */
export function sameNumbers(findings: readonly Finding[]): boolean {
  const given = findings.flatMap(({ numbers }) => (numbers === undefined ? [] : [numbers.map(Math.fround).join(' ')]))
  return given.length > 0 && given.every((one) => one === given[0])
}

async function runScript([file, ...args]: readonly [string, ...string[]]) {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' }
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: SCRIPT_LIMIT_MS, killSignal: 'SIGKILL' })
  const [printed, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number | null, printed, complained }
}

const lastLine = (printed: string): string => printed.trim().split('\n').at(-1)?.slice(0, 300) ?? ''
