import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { needs } from '../../../../scripts/requirement.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { slipway } from './run-command.ts'

interface Project {
  readonly requirements?: string
  readonly files?: Readonly<Record<string, string>>
  /** Programs by name, as lines of a shell script; the only ones that are found. */
  readonly programs?: Readonly<Record<string, string>>
}

async function findings({ requirements = 'numpy\n', files, programs = {} }: Project) {
  const home = await temporaryFolder()
  const bin = join(home, 'bin')
  mkdirSync(bin)
  for (const [name, lines] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const project = join(home, 'churn')
  mkdirSync(project)
  const all = files ?? { 'model.py': 'def predict(x: float) -> float:\n    return x\n', 'requirements.txt': requirements }
  for (const [name, text] of Object.entries(all)) writeFileSync(join(project, name), text)
  const { stdout, code } = await slipway(['doctor', project, '--port', '0', '--json'], { env: { PATH: bin }, cwd: home })
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; what: string; why: string; next: string }[] }
  const of = (name: string) => checks.find((check) => check.name === name) ?? assert.fail(`no check ${name}`)
  return { code, python: of('Python'), cuda: of('GPU frameworks'), system: of('System packages') }
}

const PYTHON = { python3: 'case "$*" in *version_info*) echo 3.11.7;; esac' }

describe('what Python models need of the machine', needs('linux'), () => {
  test('no Python', async () => {
    const { python, code } = await findings({})
    assert.equal(code, 1)
    assert.deepEqual([python.status, python.what], ['failed', 'churn cannot be served'])
    assert.match(python.why, /^Python 3\.9 or newer is needed for this Python model, and there is none on this machine\.$/)
    assert.match(python.next, /apt install python3 python3-venv/)
  })

  test('another Python than the project wants', async () => {
    const files = { 'cog.yaml': 'build:\n  python_version: "3.13"\npredict: predict.py:P\n', 'predict.py': '' }
    const { python } = await findings({ files, programs: PYTHON })
    assert.equal(python.status, 'failed')
    assert.match(python.why, /^Python 3\.13 is needed .* this machine has 3\.11\.7\.$/)
    assert.match(python.next, /apt install python3\.13 python3\.13-venv\) or "uv python install 3\.13"/)
  })

  test('a Python without venv, which uv makes up for', async () => {
    const programs = { python3: 'case "$*" in *version_info*) echo 3.11.7;; *ensurepip*) exit 1;; esac' }
    const { python } = await findings({ programs })
    assert.equal(python.status, 'failed')
    assert.match(python.next, /^apt install python3\.11-venv /)
    const withUv = await findings({ programs: { ...programs, uv: 'exit 0' } })
    assert.deepEqual([withUv.python.status, withUv.python.what], ['ok', '3.11.7 for churn; environments by uv'])
  })

  test('a driver that is too old for the framework', async () => {
    const smi = (driver: string) => ({ ...PYTHON, 'nvidia-smi': `echo ${driver}` })
    const old = await findings({ requirements: 'torch==2.15.0\n', programs: smi('550.54.15') })
    assert.deepEqual([old.code, old.cuda.status], [1, 'failed'])
    assert.equal(old.cuda.what, 'churn brings CUDA 13 (torch==2.15.0), which driver 550.54.15 is too old for')
    assert.equal(old.cuda.next, 'install NVIDIA driver 580 or newer, or take packages for CUDA 12')
    const fits = await findings({ requirements: 'torch==2.8.0\n', programs: smi('550.54.15') })
    assert.deepEqual([fits.cuda.status, fits.cuda.what], ['ok', 'churn: CUDA 12; driver 550.54.15'])
    const none = await findings({ requirements: 'tensorflow[and-cuda]\n', programs: PYTHON })
    assert.equal(none.cuda.status, 'warning')
    assert.match(none.cuda.what, /brings CUDA 12 .* and there is no NVIDIA driver: it runs by the CPU/)
    assert.equal(none.cuda.next, 'ask for tensorflow-cpu in its place, or install a driver')
  })

  test('packages of the system that the project names', async () => {
    const files = { 'cog.yaml': 'build:\n  system_packages: [libgl1, ffmpeg]\npredict: predict.py:P\n', 'predict.py': '' }
    const dpkg = 'case "$*" in *libgl1) echo "Status: install ok installed";; *) exit 1;; esac'
    const { system } = await findings({ files, programs: { ...PYTHON, 'dpkg-query': dpkg } })
    assert.deepEqual([system.status, system.what, system.next], ['warning', 'not installed: ffmpeg', 'apt install ffmpeg'])
    assert.match((await findings({ files, programs: PYTHON })).system.what, /^cannot tell whether libgl1, ffmpeg are installed$/)
  })
})
