/** Finds a Chromium for the browser tests, or installs Debian's. */
import { installFromDebian, isDebianAsRoot, isProgram, placesOf } from './debian.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge']
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** The browser of CHROMIUM_PATH, else the first on the PATH or in a usual place; undefined when there is none. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH
  if (named !== undefined && named !== '') return isProgram(named) ? named : undefined
  return [...placesOf(NAMES), ...ELSEWHERE].find(isProgram)
}

/** Finds Chromium or, on Debian as root, installs it; the answer is its path or why there is none. */
export async function provideChromium(say: (line: string) => void): Promise<{ readonly path: string } | { readonly missing: string }> {
  const found = findChromium()
  if (found !== undefined) return { path: found }
  const named = process.env.CHROMIUM_PATH
  if (named !== undefined && named !== '') return { missing: `CHROMIUM_PATH names no program: ${named}` }
  if (!isDebianAsRoot()) return { missing: 'no Chromium found; install one or name it in CHROMIUM_PATH' }
  const problem = await installFromDebian('chromium', say)
  if (problem !== undefined) return { missing: problem }
  const installed = findChromium()
  return installed === undefined
    ? { missing: 'the package chromium was installed but brought no program of that name' }
    : { path: installed }
}
