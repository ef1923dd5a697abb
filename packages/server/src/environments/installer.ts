/** The two tools that make an environment: uv where it is there, else Python's own venv and pip. Both lock exact versions with hashes. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { capture } from '../base/process.ts'
import type { EnvironmentSpec, InstalledPackage } from './environment.ts'
import { type Interpreter, onPath, type Variables } from './interpreter.ts'
import { narrowLock } from './lock-file.ts'

export interface InstallOptions {
  /** Where the environment comes to lie. */
  readonly folder: string
  readonly interpreter: Interpreter
  readonly spec: EnvironmentSpec
  readonly env: Variables
  readonly signal?: AbortSignal | undefined
  readonly onProgress: (sentence: string) => void
  readonly onLine: (line: string) => void
}

/** Exact versions with hashes. */
export const LOCK_FILE = 'requirements.lock'
const INPUT_FILE = 'requirements.in'
const CONSTRAINTS_FILE = 'constraints.txt'
const STEP_MS = 60 * 60_000
const LAST_LINES = 20

export const interpreterOf = (folder: string): string =>
  process.platform === 'win32' ? join(folder, 'venv', 'Scripts', 'python.exe') : join(folder, 'venv', 'bin', 'python')

/** Makes the environment and its lock; rejects with the last lines of the tool that failed. */
export async function install(options: InstallOptions): Promise<void> {
  const { folder, spec } = options
  const env = { ...withoutPlaces(options.env), PIP_USER: '0' }
  await writeFile(join(folder, INPUT_FILE), [...(spec.options ?? []), ...spec.requirements, ''].join('\n'))
  await writeFile(join(folder, CONSTRAINTS_FILE), [...(spec.constraints ?? []), ''].join('\n'))
  const uv = await onPath('uv', env)
  await (uv === undefined ? installWithPip({ ...options, env }) : installWithUv(uv, { ...options, env }))
}

/** Without what would lead packages to another place than the environment. */
function withoutPlaces(env: Variables): Variables {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(?:PIP_(?:TARGET|PREFIX|ROOT|USER|PYTHON)|UV_(?:TARGET|PREFIX|PYTHON|SYSTEM_PYTHON))$/.test(name),
    ),
  )
}

async function step(options: InstallOptions, sentence: string, command: string, args: readonly string[]): Promise<string> {
  const { env, folder, signal, onProgress, onLine } = options
  onProgress(sentence)
  const { code, lines, stdout } = await capture({ command, args, env, cwd: folder, timeoutMs: STEP_MS, signal, onLine })
  if (code !== 0) throw failed(sentence, options.spec, lines)
  return stdout
}

function failed(sentence: string, spec: EnvironmentSpec, lines: readonly string[]): ServeError {
  const last = lines.filter((line) => line.trim() !== '' && !/\[notice\]/.test(line)).slice(-LAST_LINES)
  const where = spec.source === '' ? '' : ` (${spec.source})`
  const hint = last.some((line) => /ensurepip|python3?[\d.]*-venv/.test(line))
    ? '; the module venv is missing: on Debian, apt install python3-venv'
    : ''
  const blamed = spec.requirements.find((requirement) => last.some((line) => line.includes(requirement)))
  const whose = blamed === undefined ? '' : ` for "${blamed}"`
  return new ServeError(
    'FAILED_PRECONDITION',
    `the Python environment${where} could not be built: ${sentence} failed${whose}${hint}\n${last.join('\n')}`,
  )
}

async function installWithUv(uv: string, options: InstallOptions): Promise<void> {
  const { interpreter, folder } = options
  const quiet = ['--no-progress', '--no-config']
  await step(options, 'making it', uv, ['venv', ...quiet, '--python', interpreter.path, 'venv'])
  await step(options, 'choosing versions', uv, [
    'pip',
    'compile',
    ...quiet,
    '--generate-hashes',
    '--emit-index-url',
    '--emit-find-links',
    '--python',
    interpreterOf(folder),
    '-c',
    CONSTRAINTS_FILE,
    '-o',
    LOCK_FILE,
    INPUT_FILE,
  ])
  await allowOnly(folder, options.spec)
  await step(options, 'installing packages', uv, ['pip', 'sync', ...quiet, '--python', interpreterOf(folder), LOCK_FILE])
}

async function installWithPip(options: InstallOptions): Promise<void> {
  const { interpreter, folder, spec } = options
  await step(options, 'making it', interpreter.path, ['-I', '-m', 'venv', 'venv'])
  const pip = ['-I', '-m', 'pip', '--disable-pip-version-check', '--no-input']
  const python = interpreterOf(folder)
  const report = join(folder, 'report.json')
  await step(options, 'choosing versions', python, [
    ...pip,
    'install',
    '--quiet',
    '--dry-run',
    '--ignore-installed',
    '--report',
    report,
    '-c',
    CONSTRAINTS_FILE,
    '-r',
    INPUT_FILE,
  ])
  const lock = lockOf(await readFile(report, 'utf8'))
  await writeFile(join(folder, LOCK_FILE), [...(spec.options ?? []), ...lock.hashed, ''].join('\n'))
  await allowOnly(folder, spec)
  await step(options, 'installing packages', python, [
    ...pip,
    'install',
    '--progress-bar',
    'off',
    '--no-deps',
    '--require-hashes',
    '-r',
    LOCK_FILE,
  ])
  // A folder or a repository has no hash that could be known before it is built.
  if (lock.loose.length > 0) await step(options, 'installing what has no hash', python, [...pip, 'install', '--no-deps', ...lock.loose])
}

/** Holds the lock to the hashes that the project itself names. */
async function allowOnly(folder: string, { hashes = {}, source }: EnvironmentSpec): Promise<void> {
  if (Object.keys(hashes).length === 0) return
  const path = join(folder, LOCK_FILE)
  await writeFile(path, narrowLock(await readFile(path, 'utf8'), hashes, source))
}

interface Report {
  readonly install: readonly {
    readonly metadata: { readonly name: string; readonly version: string }
    readonly download_info: { readonly url: string; readonly archive_info?: { readonly hashes?: Readonly<Record<string, string>> } }
  }[]
}

/** The lines of a lock from pip's report: https://pip.pypa.io/en/stable/reference/installation-report/ */
function lockOf(text: string): { readonly hashed: readonly string[]; readonly loose: readonly string[] } {
  const hashed: string[] = []
  const loose: string[] = []
  for (const { metadata, download_info } of (JSON.parse(text) as Report).install) {
    const sha256 = download_info.archive_info?.hashes?.sha256
    if (sha256 === undefined) loose.push(`${metadata.name} @ ${download_info.url}`)
    else hashed.push(`${metadata.name}==${metadata.version} --hash=sha256:${sha256}`)
  }
  return { hashed: hashed.sort(), loose }
}

/** What is installed there, by name. */
export async function listPackages(folder: string, env: Variables): Promise<readonly InstalledPackage[]> {
  const script =
    'import importlib.metadata as m, json; print(json.dumps(sorted({(d.metadata["Name"], d.version) for d in m.distributions() if d.metadata["Name"]})))'
  const { stdout } = await capture({ command: interpreterOf(folder), args: ['-I', '-c', script], env, timeoutMs: STEP_MS })
  const pairs = JSON.parse(stdout) as readonly (readonly [string, string])[]
  return pairs.filter(([name]) => !['pip', 'setuptools'].includes(name)).map(([name, version]) => ({ name, version }))
}
