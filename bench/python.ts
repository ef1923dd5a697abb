/** The Python environments of the peers, each made on first use from pinned requirements. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../scripts/command.ts'

const HERE = import.meta.dirname
const INSTALL_LIMIT_MS = 10 * 60_000

/**
 * The interpreter of `bench/.venv-<name>`, which holds what `bench/peers/<name>/requirements.txt` lists; rejects with what to do when there
 * is no Python or PyPI cannot be reached. `interpreter` is the Python that it is made of.
 */
export async function providePython(name: string, say: (line: string) => void, interpreter = 'python3'): Promise<string> {
  const folder = join(HERE, `.venv-${name}`)
  const requirements = join(HERE, 'peers', name, 'requirements.txt')
  const stamp = join(folder, 'installed.txt')
  const python = join(folder, 'bin', 'python')
  const wanted = readFileSync(requirements, 'utf8')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python
  say(`Installing bench/peers/${name}/requirements.txt into bench/.venv-${name}`)
  rmSync(folder, { recursive: true, force: true })
  await runCommand([interpreter, '-m', 'venv', folder])
  const quietly = ['--quiet', '--disable-pip-version-check']
  await runCommand([python, '-m', 'pip', 'install', ...quietly, '--requirement', requirements], { timeoutMs: INSTALL_LIMIT_MS })
  writeFileSync(stamp, wanted)
  return python
}

/** Versions of packages, and of the Python that runs them, as one line. */
export async function pythonVersions(python: string, packages: readonly string[]): Promise<string> {
  const script =
    'import sys\nfrom importlib.metadata import version\n' +
    'print(", ".join([f"Python {sys.version.split()[0]}", *(f"{name} {version(name)}" for name in sys.argv[1:])]))'
  return (await runCommand([python, '-c', script, ...packages])).trim()
}
