/** Finds an interpreter of Python that a project can use: on the PATH, else one that uv manages. */
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { capture } from '../base/process.ts'
import { meets, OLDEST, OLDEST_TEXT, type Version, versionOf } from './python-version.ts'

export interface Interpreter {
  readonly path: string
  /** Three numbers, such as 3.11.7. */
  readonly version: string
}

export type Variables = Readonly<Record<string, string>>

const LOOK_MS = 15_000
const NAMES = ['python3', 'python', ...[14, 13, 12, 11, 10, 9].map((minor) => `python3.${minor}`)]

/** The first program of a name on the PATH of these variables. */
export const onPath = async (name: string, env: Variables): Promise<string | undefined> => (await allOnPath(name, env))[0]

async function allOnPath(name: string, env: Variables): Promise<readonly string[]> {
  const folders = (env.PATH ?? '').split(delimiter).filter((one) => one !== '')
  const runs = (path: string) =>
    access(path, constants.X_OK).then(
      () => [path],
      () => [],
    )
  return (await Promise.all(folders.map((folder) => runs(join(folder, name))))).flat()
}

/** Interpreters on the PATH that are new enough, the usual one first; each version once. One is started when it is asked for, since a version manager takes a while. */
async function* interpreters(env: Variables): AsyncGenerator<Interpreter> {
  const seen = new Set<string>()
  for (const name of NAMES) {
    // Version managers put programs on the PATH that refuse to run where no version is chosen; the next of that name is taken.
    for (const path of await allOnPath(name, env)) {
      const version = await versionAt(path, env)
      if (version === undefined) continue
      if (meets(versionOf(version), `>=${OLDEST_TEXT}`) && !seen.has(version)) yield { path, version }
      seen.add(version)
      break
    }
  }
}

async function versionAt(path: string, env: Variables): Promise<string | undefined> {
  const args = ['-I', '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])']
  const { code, stdout } = await capture({ command: path, args, env, timeoutMs: LOOK_MS }).catch(() => ({ code: 1, stdout: '' }))
  return code === 0 && /^\d+\.\d+\.\d+$/.test(stdout.trim()) ? stdout.trim() : undefined
}

/** Rejects with FAILED_PRECONDITION when none fits, saying which there are and how to get one. */
export async function findInterpreter(wanted: string | undefined, env: Variables): Promise<Interpreter> {
  const listed: Interpreter[] = []
  for await (const one of interpreters(env)) {
    if (wanted === undefined || meets(versionOf(one.version), wanted)) return one
    listed.push(one)
  }
  const managed = await fromUv(wanted, env)
  if (managed !== undefined) return managed
  throw noInterpreter(wanted, listed)
}

async function fromUv(wanted: string | undefined, env: Variables): Promise<Interpreter | undefined> {
  const uv = await onPath('uv', env)
  if (uv === undefined) return undefined
  const args = ['python', 'find', '--no-project', '--no-python-downloads', wanted ?? `>=${OLDEST_TEXT}`]
  const { code, stdout } = await capture({ command: uv, args, env, timeoutMs: LOOK_MS })
  const path = stdout.trim()
  const version = code === 0 ? await versionAt(path, env) : undefined
  return version === undefined ? undefined : { path, version }
}

/** No interpreter of this machine fits. */
export class NoInterpreter extends ServeError {
  /** What is wrong, and what mends it, each as a sentence without its end. */
  readonly what: string
  readonly mend: string

  constructor(what: string, mend: string) {
    super('FAILED_PRECONDITION', `${what}; ${mend}. ONNX models need no Python`)
    this.what = what
    this.mend = mend
  }
}

function noInterpreter(wanted: string | undefined, listed: readonly Interpreter[]): NoInterpreter {
  const asked = wanted === undefined ? `Python ${OLDEST_TEXT} or newer` : `Python ${wanted}`
  const there =
    listed.length === 0 ? 'there is none on this machine' : `this machine has ${listed.map(({ version }) => version).join(', ')}`
  const minor = (/\d+\.\d+/.exec(wanted ?? '') ?? ['3'])[0]
  const version: Version = versionOf(minor)
  const exact = version.length > 1 && (version[1] ?? 0) >= (OLDEST[1] ?? 0) ? minor : ''
  const debian = `python${exact === '' ? '3' : exact}`
  return new NoInterpreter(
    `${asked} is needed for this Python model, and ${there}`,
    `install it with the system's packages (Debian: apt install ${debian} ${debian}-venv) or "uv python install ${exact === '' ? '3.12' : exact}"`,
  )
}

/** Whether it can make environments; Debian has the module in a package of its own. */
export async function hasVenv({ path }: Interpreter, env: Variables): Promise<boolean> {
  const { code } = await capture({ command: path, args: ['-I', '-c', 'import venv, ensurepip'], env, timeoutMs: LOOK_MS })
  return code === 0
}
