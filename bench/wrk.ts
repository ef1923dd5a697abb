/** The load generator wrk, where it is installed: it costs a third of what ours does, so that it does not become the limit. It checks the status only. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Payload } from './payload.ts'

const run = promisify(execFile)

export async function wrkInstalled(): Promise<boolean> {
  try {
    await run('wrk', ['--version'])
    return true
  } catch (error) {
    // It prints its version and ends with exit code 1.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

export interface WrkResult {
  readonly answers: number
  readonly perSecond: number
  /** Answers with a status that is no success, and connections that broke. */
  readonly failures: number
}

/** A string of Lua that holds these octets. */
const luaString = (octets: Buffer): string => `"${[...octets].map((octet) => `\\${String(octet).padStart(3, '0')}`).join('')}"`

/** Loads a running server for a whole number of seconds. */
export async function runWrk(
  port: number,
  payload: Payload,
  load: { readonly connections: number; readonly seconds: number },
): Promise<WrkResult> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-wrk-'))
  const script = join(folder, 'request.lua')
  const headers = Object.entries(payload.headers).map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`)
  await writeFile(script, ['wrk.method = "POST"', `wrk.body = ${luaString(payload.body)}`, ...headers].join('\n'))
  try {
    const url = `http://127.0.0.1:${port}${payload.path}`
    const { stdout } = await run('wrk', ['-t1', `-c${load.connections}`, `-d${load.seconds}`, '-s', script, url])
    return readWrk(stdout)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What wrk printed, as figures. */
export function readWrk(printed: string): WrkResult {
  const number = (pattern: RegExp): number => Number(pattern.exec(printed)?.[1] ?? Number.NaN)
  const answers = number(/(\d+) requests in/)
  const perSecond = number(/Requests\/sec:\s*([\d.]+)/)
  if (Number.isNaN(answers) || Number.isNaN(perSecond)) throw new Error(`wrk printed no figures:\n${printed}`)
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(printed)?.[1] ?? 0)
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(printed)?.slice(1) ?? []
  return { answers, perSecond, failures: broken.reduce((sum, count) => sum + Number(count), refused) }
}
