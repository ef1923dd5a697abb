/** Finds a Chromium for the browser tests, or installs Debian's. */
import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCommand } from './command.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge']
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]
const INSTALL_LIMIT_MS = 5 * 60_000

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The browser of CHROMIUM_PATH, else the first on the PATH or in a usual place; undefined when there is none. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH
  if (named !== undefined && named !== '') return isProgram(named) ? named : undefined
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  return [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...ELSEWHERE].find(isProgram)
}

function isDebianAsRoot(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

/** Finds Chromium or, on Debian as root, installs it; the answer is its path or why there is none. */
export async function provideChromium(say: (line: string) => void): Promise<{ readonly path: string } | { readonly missing: string }> {
  const found = findChromium()
  if (found !== undefined) return { path: found }
  const named = process.env.CHROMIUM_PATH
  if (named !== undefined && named !== '') return { missing: `CHROMIUM_PATH names no program: ${named}` }
  if (!isDebianAsRoot()) return { missing: 'no Chromium found; install one or name it in CHROMIUM_PATH' }
  say('Chromium is missing: installing it from Debian’s packages')
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: INSTALL_LIMIT_MS }
  try {
    await runCommand(['apt-get', 'update', '-q'], options)
    await runCommand(['apt-get', 'install', '-q', '-y', '--no-install-recommends', 'chromium'], options)
  } catch (error) {
    return { missing: `Chromium could not be installed: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}` }
  }
  const installed = findChromium()
  return installed === undefined
    ? { missing: 'the package chromium was installed but brought no program of that name' }
    : { path: installed }
}
