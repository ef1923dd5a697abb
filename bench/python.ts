/** The Python environment of the FastAPI peers, made on first use from pinned requirements. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../scripts/command.ts'

const VENV = join(import.meta.dirname, '.venv')
const REQUIREMENTS = join(import.meta.dirname, 'peers', 'fastapi', 'requirements.txt')
const STAMP = join(VENV, 'installed.txt')
const INSTALL_LIMIT_MS = 10 * 60_000

/** The environment's interpreter; rejects with what to do when there is no Python or PyPI cannot be reached. */
export async function providePython(say: (line: string) => void): Promise<string> {
  const python = join(VENV, 'bin', 'python')
  const wanted = readFileSync(REQUIREMENTS, 'utf8')
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return python
  say('Installing the FastAPI peers into bench/.venv')
  await runCommand(['python3', '-m', 'venv', VENV])
  await runCommand([python, '-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS], { timeoutMs: INSTALL_LIMIT_MS })
  writeFileSync(STAMP, wanted)
  return python
}

/** Versions of what the peers run on, as one line. */
export async function pythonVersions(python: string): Promise<string> {
  const script =
    'import sys, fastapi, uvicorn, onnxruntime, pydantic, orjson\n' +
    'print(f"Python {sys.version.split()[0]}, FastAPI {fastapi.__version__}, uvicorn {uvicorn.__version__}, onnxruntime {onnxruntime.__version__}, pydantic {pydantic.VERSION}, orjson {orjson.__version__}")'
  return (await runCommand([python, '-c', script])).trim()
}
