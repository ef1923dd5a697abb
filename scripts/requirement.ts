/** What a suite needs of the machine. A suite that lacks it is named as skipped; `npm test` with CI=true counts that as a failure. */
import { execFileSync } from 'node:child_process'
import { findChromium } from './chromium.ts'
import { findRedis } from './redis.ts'
import { findBun, findOldNode } from './runtimes.ts'

const REQUIREMENTS = {
  chromium: () => findChromium() !== undefined || 'no Chromium found; install one or name it in CHROMIUM_PATH',
  bun: () => findBun() !== undefined || 'no Bun found; npm ci brings it on Linux x64',
  'old node': () => findOldNode() !== undefined || 'no Node older than 24 found on the PATH',
  python: () => hasPython() || 'no Python 3 with venv found on the PATH',
  redis: () => findRedis() !== undefined || 'no redis-server found on the PATH; install Redis or Valkey',
  linux: () => process.platform === 'linux' || 'needs Linux',
} as const satisfies Record<string, () => true | string>

export type Requirement = keyof typeof REQUIREMENTS

function hasPython(): true | false {
  try {
    execFileSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Options for a test of node:test: `test('…', needs('chromium'), async () => …)` is skipped with the reason where one is missing. */
export function needs(...wanted: readonly Requirement[]): { readonly skip: string | false } {
  for (const name of wanted) {
    const met = REQUIREMENTS[name]()
    if (met !== true) return { skip: met }
  }
  return { skip: false }
}
