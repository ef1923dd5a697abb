/** `npm run pack`: dist/ holds one tarball for each published package. */
import { statSync } from 'node:fs'
import { relative } from 'node:path'
import { packAll } from './packing.ts'
import { ROOT } from './workspace.ts'

try {
  for (const path of await packAll()) process.stdout.write(`${relative(ROOT, path)}  ${(statSync(path).size / 1024).toFixed(0)} kB\n`)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}
