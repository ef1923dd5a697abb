import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { needs } from '../../../../scripts/requirement.ts'
import { systemClock } from '../../src/base/clock.ts'
import { toolVariables } from '../../src/config/load.ts'
import type { Environment, EnvironmentSpec } from '../../src/environments/environment.ts'
import { createEnvironments, type EnvironmentsOptions } from '../../src/environments/environments.ts'
import { pythonVariables } from '../../src/environments/python-worker.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { findUv } from '../support/uv.ts'
import { hashOf, specOf, writeWheels } from '../support/wheels.ts'

const PROGRAM = fileURLToPath(new URL('./ensure-once.ts', import.meta.url))
const COLOUR = { name: 'colour', version: '1.2.0', requires: ['paint>=2'] }
const PAINT = { name: 'paint', version: '2.5.0' }
const OLDER = { name: 'paint', version: '2.1.0' }

interface Place {
  readonly folder: string
  /** Options of a requirements file under which only the wheels here are found. */
  readonly options: readonly string[]
}

async function place(name = 'envs'): Promise<Place & { readonly home: string }> {
  const home = await temporaryFolder()
  return { home, folder: join(home, name), options: writeWheels(home, [COLOUR, PAINT, OLDER]) }
}

const make = (folder: string, changes: Partial<EnvironmentsOptions> = {}) =>
  createEnvironments({ folder, build: 'auto', clock: systemClock, env: toolVariables(), ...changes })

const says = ({ python, folder }: Environment, code: string) =>
  execFileSync(python, ['-I', '-c', code], { env: pythonVariables({ folder }), encoding: 'utf8' }).trim()

for (const tool of ['pip', 'uv'] as const) {
  const uv = tool === 'uv' ? findUv() : ''
  const wanted = needs('python', 'linux')
  const skip = wanted.skip || (uv === undefined ? 'uv could not be had from PyPI' : false)
  const env = (): Readonly<Record<string, string>> => {
    const variables = toolVariables()
    const without = (variables.PATH ?? '').split(delimiter).filter((one) => !existsSync(join(one, 'uv')))
    return { ...variables, PATH: [...(uv === '' || uv === undefined ? [] : [uv]), ...without].join(delimiter) }
  }

  describe(`by ${tool}`, { skip, concurrency: 2 }, () => {
    test('holds exactly what was asked for, locked by version and hash, and is built once', async () => {
      const { folder, options, home } = await place()
      const steps: string[] = []
      const spec = specOf(options, 'colour', 'paint<2.4')
      const environments = make(folder, { env: env() })
      const built = await environments.ensure(spec, { onProgress: (step) => steps.push(step) })
      assert.deepEqual(
        built.packages.map(({ name, version }) => `${name} ${version}`),
        ['colour 1.2.0', 'paint 2.1.0'],
      )
      assert.deepEqual(steps, ['making it', 'choosing versions', 'installing packages'])
      assert.equal(says(built, 'import colour, paint; print(colour.version, paint.version)'), '1.2.0 2.1.0')
      const lock = readFileSync(join(built.folder, 'requirements.lock'), 'utf8').replace(/\\\n/g, ' ')
      for (const wheel of [COLOUR, OLDER])
        assert.match(lock, new RegExp(`${wheel.name}==${wheel.version}\\s+--hash=${hashOf(home, wheel)}`), lock)
      const again = await make(folder, { env: env() }).ensure(spec, { onProgress: () => assert.fail('it was built again') })
      assert.deepEqual(again, built)
      assert.deepEqual(await environments.find(spec), built)
      assert.deepEqual(readdirSync(folder), [built.id])
    })

    test('asked for twice at once it is built once', async () => {
      const { folder, options } = await place()
      const steps: string[] = []
      const environments = make(folder, { env: env() })
      const ask = () => environments.ensure(specOf(options, 'paint'), { onProgress: (step) => steps.push(step) })
      const [one, other] = await Promise.all([ask(), ask()])
      assert.deepEqual(one, other)
      assert.equal(steps.filter((step) => step === 'making it').length, 1)
    })

    test('what cannot be resolved says so in the tool’s own last lines, and leaves nothing', async () => {
      const { folder, options } = await place()
      await assert.rejects(make(folder, { env: env() }).ensure(specOf(options, 'paint', 'colour==9')), (error: Error) => {
        assert.match(
          error.message,
          /^the Python environment \(requirements\.txt\) could not be built: choosing versions failed for "colour==9"\n/,
        )
        assert.match(error.message, /colour==9/)
        return true
      })
      assert.deepEqual(readdirSync(folder), [])
    })

    test('a folder with spaces and letters of other scripts', async () => {
      const { folder, options } = await place('моя папка ñ')
      const built = await make(folder, { env: env() }).ensure(specOf(options, 'paint'))
      assert.equal(says(built, 'import paint; print(paint.__file__)').startsWith(built.folder), true)
    })

    test('hashes that the project names are held to', async () => {
      const { folder, options, home } = await place()
      const spec = (hash: string): EnvironmentSpec => ({ ...specOf(options, 'paint==2.5.0'), hashes: { paint: [hash] } })
      const built = await make(folder, { env: env() }).ensure(spec(hashOf(home, PAINT)))
      assert.equal(says(built, 'import paint; print(paint.version)'), '2.5.0')
      await assert.rejects(
        make(folder, { env: env() }).ensure(spec('sha256:0000')),
        /requirements\.txt allows paint==2\.5\.0 only with sha256:0000, and the package index has sha256:/,
      )
      assert.deepEqual(readdirSync(folder), [built.id])
    })

    test('nothing of the machine is seen, and nothing is put there', async () => {
      const { folder, options, home } = await place()
      const elsewhere = join(home, 'elsewhere')
      mkdirSync(elsewhere)
      writeFileSync(join(elsewhere, 'secretly.py'), '')
      const leading = { PIP_TARGET: elsewhere, PIP_USER: '1', UV_TARGET: elsewhere, PYTHONPATH: elsewhere, PYTHONUSERBASE: elsewhere }
      const built = await make(folder, { env: { ...env(), ...leading } }).ensure(specOf(options, 'paint'))
      assert.deepEqual(readdirSync(elsewhere), ['secretly.py'])
      const seen = execFileSync(built.python, ['-I', '-c', 'import sys; print("\\n".join(sys.path))'], {
        env: { ...pythonVariables(built), ...leading },
        encoding: 'utf8',
      })
      const packages = seen.split('\n').filter((path) => /(?:site|dist)-packages|elsewhere/.test(path))
      assert.equal(packages.length, 1)
      assert.equal(packages[0]?.startsWith(built.folder), true)
    })
  })
}

const ensuring = (folder: string, spec: EnvironmentSpec) =>
  spawn(process.execPath, [PROGRAM, folder, JSON.stringify(spec)], { stdio: ['ignore', 'pipe', 'inherit'] })

async function linesOf(child: ReturnType<typeof ensuring>): Promise<readonly string[]> {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  await once(child, 'close')
  return text.trim().split('\n')
}

describe('between processes', { ...needs('python', 'linux'), concurrency: 2 }, () => {
  test('two that ask at once: one builds, the other waits and uses it', async () => {
    const { folder, options } = await place()
    const spec = specOf(options, 'colour')
    const [one, other] = await Promise.all([linesOf(ensuring(folder, spec)), linesOf(ensuring(folder, spec))])
    assert.equal([...one, ...other].filter((line) => line === 'making it').length, 1)
    assert.match(one.at(-1) ?? '', /^[0-9a-f]{16} 20/)
    assert.equal(one.at(-1), other.at(-1))
    assert.equal(readdirSync(folder).length, 1)
  })

  for (const step of ['making it', 'choosing versions', 'installing packages'])
    test(`killed while ${step}: the next one builds it whole`, async () => {
      const { folder, options } = await place()
      const spec = specOf(options, 'colour')
      const child = ensuring(folder, spec)
      for await (const chunk of child.stdout.setEncoding('utf8')) if ((chunk as string).includes(step)) break
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      assert.equal(child.signalCode, 'SIGKILL')
      assert.equal(await make(folder).find(spec), undefined)
      const built = await make(folder).ensure(spec)
      assert.equal(says(built, 'import colour; print(colour.version)'), '1.2.0')
      assert.deepEqual(readdirSync(folder), [built.id])
    })
})

describe('interpreters', needs('python', 'linux'), () => {
  const python3 = () => execFileSync('/bin/sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim()
  const shim = (folder: string, name: string, lines: string) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, name), `#!/bin/sh\n${lines}\n`)
    chmodSync(join(folder, name), 0o755)
  }

  test('none at all', async () => {
    const folder = await temporaryFolder()
    await assert.rejects(
      make(folder, { env: { PATH: folder } }).ensure(specOf([], 'paint')),
      /^ServeError: Python 3\.9 or newer is needed for this Python model, and there is none on this machine; install it .*apt install python3 python3-venv.*ONNX models need no Python$|ServeError/,
    )
  })

  test('a wrong version names those there are', async () => {
    const folder = await temporaryFolder()
    shim(join(folder, 'bin'), 'python3', 'echo 3.10.4')
    await assert.rejects(
      make(folder, { env: { PATH: join(folder, 'bin') } }).ensure({ ...specOf([], 'paint'), python: '>=3.12' }),
      /Python >=3\.12 is needed for this Python model, and this machine has 3\.10\.4; .*python3\.12/,
    )
  })

  test('a shim that does not run is passed over for the next of its name', async () => {
    const { folder, options, home } = await place()
    shim(join(home, 'shims'), 'python3', 'echo "no version is set" >&2; exit 127')
    mkdirSync(join(home, 'bin'))
    symlinkSync(python3(), join(home, 'bin', 'python3'))
    const env = { ...toolVariables(), PATH: [join(home, 'shims'), join(home, 'bin'), '/usr/bin', '/bin'].join(delimiter) }
    const built = await make(folder, { env }).ensure(specOf(options, 'paint'))
    assert.equal(says(built, 'import paint; print(paint.version)'), '2.5.0')
  })

  test('a Python without venv says which package brings it', async () => {
    const { folder, options, home } = await place()
    shim(
      join(home, 'bin'),
      'python3',
      'case "$*" in *venv*) echo "No module named venv: install the python3-venv package"; exit 1;; *) echo 3.11.7;; esac',
    )
    await assert.rejects(
      make(folder, { env: { PATH: `${join(home, 'bin')}${delimiter}/usr/bin${delimiter}/bin` } }).ensure(specOf(options, 'paint')),
      /making it failed; the module venv is missing: on Debian, apt install python3-venv/,
    )
    assert.deepEqual(readdirSync(folder), [])
  })

  test('one whose interpreter is gone is built again', async () => {
    const { folder, options, home } = await place()
    mkdirSync(join(home, 'bin'))
    const link = join(home, 'bin', 'python3')
    symlinkSync(python3(), link)
    const env = { ...toolVariables(), PATH: [join(home, 'bin'), '/usr/bin', '/bin'].join(delimiter) }
    const spec = specOf(options, 'paint')
    const built = await make(folder, { env }).ensure(spec)
    writeFileSync(join(built.folder, 'mark'), '')
    execFileSync('/bin/sh', ['-c', `rm ${built.folder}/venv/bin/python* && ln -s /gone/python3 ${built.folder}/venv/bin/python`])
    assert.equal(await make(folder, { env }).find(spec), undefined)
    const again = await make(folder, { env }).ensure(spec)
    assert.equal(existsSync(join(again.folder, 'mark')), false)
    assert.equal(says(again, 'import paint; print(paint.version)'), '2.5.0')
  })

  test('never built where that is not wanted', async () => {
    const { folder, options } = await place()
    await assert.rejects(
      make(folder, { build: 'never' }).ensure(specOf(options, 'paint')),
      /is not built, and environments\.build is never/,
    )
    assert.equal(existsSync(folder), false)
  })
})
