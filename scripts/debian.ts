/** Programs that some tests need, from Debian's packages where that is allowed. */
import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCommand } from './command.ts'

const INSTALL_LIMIT_MS = 5 * 60_000

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where a program of one of these names may lie, the PATH first. */
export function placesOf(names: readonly string[]): readonly string[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  return folders.flatMap((folder) => names.map((name) => join(folder, name)))
}

export function isDebianAsRoot(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

/** Installs a package; the answer is why it could not be, if so. */
export async function installFromDebian(name: string, say: (line: string) => void): Promise<string | undefined> {
  say(`${name} is missing: installing it from Debian’s packages`)
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: INSTALL_LIMIT_MS }
  try {
    await runCommand(['apt-get', 'update', '-q'], options)
    await runCommand(['apt-get', 'install', '-q', '-y', '--no-install-recommends', name], options)
    return undefined
  } catch (error) {
    return `${name} could not be installed: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}`
  }
}
