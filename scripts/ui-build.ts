/** Builds the web UI when its sources are newer than what was built. */
import { existsSync, globSync, statSync } from 'node:fs'
import { runCommand } from './command.ts'
import { inRoot } from './workspace.ts'

const SOURCES = [
  'packages/ui/{src,public}/**/*',
  'packages/ui/{index.html,vite.config.*,package.json}',
  'packages/{client,protocol}/src/**/*',
]
const BUILT = inRoot('packages', 'server', 'ui', 'index.html')
const BUILD_LIMIT_MS = 120_000

/** True when nothing is built yet, or a source changed since. */
function isUiStale(): boolean {
  if (!existsSync(BUILT)) return true
  const builtAt = statSync(BUILT).mtimeMs
  return globSync(SOURCES, { cwd: inRoot() }).some((path) => statSync(inRoot(path)).mtimeMs > builtAt)
}

/** Builds the UI into packages/server/ui if it is stale; rejects with Vite's own words when that fails. */
export async function buildUi(): Promise<void> {
  if (!isUiStale()) return
  const argv = [process.execPath, inRoot('node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'] as const
  await runCommand([...argv], { cwd: inRoot('packages', 'ui'), timeoutMs: BUILD_LIMIT_MS })
}
