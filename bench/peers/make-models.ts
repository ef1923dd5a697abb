/** The benchmark's models, written once into `bench/.models`, which is a repository of packages: `slipway serve bench/.models` serves them all. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../../scripts/command.ts'
import { providePython } from '../python.ts'

const SOURCE = join(import.meta.dirname, 'models')
export const MODELS = join(import.meta.dirname, '..', '.models')
const STAMP = join(MODELS, '.made-from')
const MAKE_LIMIT_MS = 2 * 60_000

/** A digest of what the models are made by, so that a change makes them anew. */
function sourceDigest(): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(SOURCE).sort()) if (/\.(py|txt)$/.test(file)) hash.update(readFileSync(join(SOURCE, file)))
  return hash.digest('hex')
}

/** Makes what is missing or out of date; the repository's folder. Needs Python 3 with venv, and PyPI, on first use. */
export async function provideModels(say: (line: string) => void): Promise<string> {
  const digest = sourceDigest()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === digest) return MODELS
  const python = await providePython('models', say)
  say('Making the models in bench/.models')
  await runCommand([python, join(SOURCE, 'make.py'), MODELS], { timeoutMs: MAKE_LIMIT_MS, env: { PYTHONDONTWRITEBYTECODE: '1' } })
  writeFileSync(STAMP, digest)
  return MODELS
}

if (import.meta.main) process.stdout.write(`${await provideModels((line) => void process.stderr.write(`${line}\n`))}\n`)
