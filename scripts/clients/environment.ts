/** A Python environment for each client, made on first use: clients disagree on the packages that they share. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { runCommand } from '../command.ts'

const INSTALL_LIMIT_MS = 15 * 60_000

/** What a script needs, by its PEP 723 block: one requirement in double quotes for each. Throws when it has no such block. */
export function dependenciesOf(source: string): readonly string[] {
  const block = /^# \/\/\/ script\n((?:#.*\n)+?)# \/\/\/$/m.exec(source)?.[1]
  const dependencies = [...(block ?? '').matchAll(/"([^"]+)"/g)].map(([, requirement]) => requirement as string)
  if (dependencies.length > 0) return dependencies
  throw new Error('the script has no "# /// script" block that names its dependencies')
}

/** The interpreter of the script's own environment; rejects with what to do when it cannot be made. */
export async function providePython(script: string): Promise<string> {
  const dependencies = dependenciesOf(readFileSync(script, 'utf8'))
  const venv = join(dirname(script), '.venv', basename(script, '.py'))
  const python = join(venv, 'bin', 'python')
  const stamp = join(venv, 'installed.txt')
  const wanted = dependencies.join('\n')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python
  await runCommand(['python3', '-m', 'venv', '--clear', venv])
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...dependencies]
  await runCommand([python, ...install], { timeoutMs: INSTALL_LIMIT_MS })
  writeFileSync(stamp, wanted)
  return python
}
