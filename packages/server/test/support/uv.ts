/** uv for tests, from PyPI into a folder that is kept between runs. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FOLDER = join(tmpdir(), 'slipway-test-uv')

/** The folder that holds it and nothing else; undefined where PyPI cannot be reached. */
export function findUv(): string | undefined {
  const only = join(FOLDER, 'only')
  if (existsSync(join(only, 'uv'))) return only
  try {
    execFileSync('python3', ['-m', 'venv', join(FOLDER, 'venv')], { stdio: 'ignore' })
    execFileSync(join(FOLDER, 'venv', 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', 'uv'], { stdio: 'ignore', timeout: 120_000 })
    mkdirSync(only, { recursive: true })
    symlinkSync(join(FOLDER, 'venv', 'bin', 'uv'), join(only, 'uv'))
    return only
  } catch {
    return undefined
  }
}
