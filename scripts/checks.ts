/** What must hold of the sources before a single test runs. */
import { existsSync } from 'node:fs'
import { runCommand } from './command.ts'
import { inRoot } from './workspace.ts'

export interface SourceCheck {
  /** What is promised, as a sentence. */
  readonly name: string
  /** Rejects with the tool's own words when the promise is broken. */
  readonly run: () => Promise<unknown>
}

const bin = (name: string): string => inRoot('node_modules', '.bin', name)
const PACKAGES = ['protocol', 'onnx', 'client', 'ui', 'server']

const typed: readonly SourceCheck[] = PACKAGES.filter((name) => existsSync(inRoot('packages', name, 'tsconfig.json'))).map((name) => ({
  name: `packages/${name} has no type errors`,
  run: () => runCommand([bin('tsc'), '-p', inRoot('packages', name)]),
}))

export const SOURCE_CHECKS: readonly SourceCheck[] = [
  {
    name: 'every file is formatted and free of lint',
    run: () => runCommand([bin('biome'), 'check', '--no-errors-on-unmatched', '--max-diagnostics=50', '--diagnostic-level=warn', '.']),
  },
  ...typed,
  // knip's launcher asks for the node on the PATH, which may be an older one.
  {
    name: 'no code and no dependency is dead',
    run: () => runCommand([process.execPath, inRoot('node_modules/knip/bin/knip.js'), '--no-config-hints']),
  },
]
