/** Which folders are Python projects, and whose; nothing here runs Python. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { create } from 'tar'
import { openPackage } from '../../src/models/package.ts'
import { copyProject } from '../../src/models/project-copy.ts'
import { projectOf } from '../../src/models/projects.ts'
import { findPackages } from '../../src/models/repository.ts'
import { fixture } from '../support/service.ts'
import { folderWith, temporaryFolder } from '../support/temporary-folder.ts'

const PREDICT = 'def predict(x):\n    return x\n'
const ONNX = await readFile(fixture('echo.onnx'))
const NOTHING = new Uint8Array()

describe('a folder is the project of', () => {
  const projects: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ['its own model.py', 'slipway', { 'model.py': PREDICT }],
    ['SageMaker, with code/inference.py', 'sagemaker', { 'code/inference.py': '', 'model.joblib': '' }],
    ['SageMaker, with inference.py', 'sagemaker', { 'inference.py': '' }],
    ['Truss', 'truss', { 'config.yaml': 'model_name: x\n', 'model/model.py': '' }],
    [
      'Truss, with names of its own',
      'truss',
      { 'config.yaml': 'model_module_dir: src\nmodel_class_filename: m.py\n', 'src/m.py': '', 'model/': '' },
    ],
    ['Cog', 'cog', { 'cog.yaml': 'predict: predict.py:Predictor\n', 'predict.py': '' }],
    ['MLflow', 'mlflow', { MLmodel: 'flavors: {}\n', 'python_model.pkl': '' }],
    ['BentoML, with a bentofile', 'bentoml', { 'bentofile.yaml': 'service: service:Iris\n', 'service.py': 'import bentoml' }],
    [
      'BentoML, with a pyproject',
      'bentoml',
      { 'pyproject.toml': '[tool.bentoml.build]\nservice = "service:Iris"\n', 'service.py': 'import bentoml' },
    ],
    ['BentoML, with a service alone', 'bentoml', { 'service.py': 'import bentoml' }],
  ]
  for (const [what, packager, files] of projects)
    test(what, async () => {
      const folder = await folderWith(files)
      assert.equal((await projectOf(folder))?.packager, packager)
      const [found] = await findPackages([folder])
      assert.deepEqual(
        found?.available.map(({ version, kind, modelPath }) => ({ version, kind, modelPath })),
        [{ version: '1', kind: 'python', modelPath: folder }],
      )
      assert.deepEqual(found?.warnings, [])
    })
})

test('the settings of a packager are handed on as values', async () => {
  const folder = await folderWith({ 'cog.yaml': 'predict: a.py:P\nbuild: { python_version: "3.11" }\n' })
  assert.deepEqual((await projectOf(folder))?.config, { predict: 'a.py:P', build: { python_version: '3.11' } })
})

test('a version folder may hold a project, beside versions that are ONNX', async () => {
  const folder = await folderWith({ 'm/1/model.onnx': ONNX, 'm/2/model.py': PREDICT, 'm/model.yaml': 'versions: all\n' })
  const [found] = await findPackages([folder])
  assert.deepEqual(
    found?.versions.map(({ version, kind }) => [version, kind]),
    [
      ['1', 'onnx'],
      ['2', 'python'],
    ],
  )
})

test('a repository may hold projects of several packagers', async () => {
  const folder = await folderWith({
    'a/model.py': PREDICT,
    'b/cog.yaml': 'predict: p.py:P\n',
    'c/config.yaml': '{}',
    'c/model/model.py': '',
    'd/notes.txt': '',
  })
  assert.deepEqual(
    (await findPackages([folder])).map(({ name }) => name),
    ['a', 'b', 'c'],
  )
})

test('ONNX beside model.py is what is served, and a warning says so', async () => {
  const folder = await folderWith({ 'm/1/model.onnx': ONNX, 'm/1/model.py': PREDICT })
  const [found] = await findPackages([join(folder, 'm')])
  assert.equal(found?.versions[0]?.kind, 'onnx')
  assert.deepEqual(found?.warnings, ['version 1: model.py is not served, since model.onnx lies beside it; remove one of the two'])
})

test('code beside packages makes their repository no project', async () => {
  const folder = await folderWith({ 'inference.py': '', 'echo/1/model.onnx': ONNX })
  assert.deepEqual(
    (await findPackages([folder])).map(({ name }) => name),
    ['echo'],
  )
})

test('model.py may be named itself', async () => {
  const folder = await folderWith({ 'churn/model.py': PREDICT })
  assert.deepEqual(
    (await findPackages([join(folder, 'churn', 'model.py')])).map(({ name }) => name),
    ['churn'],
  )
})

test('what tools leave beside code neither changes a version nor is copied', async () => {
  const folder = await folderWith({ 'model.py': PREDICT, 'data/weights.txt': '1' })
  const before = await findPackages([folder])
  const first = await copyProject(folder, join(await temporaryFolder(), 'copy'), NOTHING)
  for (const left of ['__pycache__', 'venv', '.venv', 'node_modules', '.git']) {
    mkdirSync(join(folder, left))
    writeFileSync(join(folder, left, 'x'), 'x')
  }
  assert.deepEqual(await findPackages([folder]), before)
  const target = join(await temporaryFolder(), 'copy')
  assert.equal((await copyProject(folder, target, NOTHING)).digest, first.digest)
  assert.deepEqual(readdirSync(target).sort(), ['data', 'model.py'])
})

test('every file and the manifest count for the digest', async () => {
  const digestOf = async (files: Readonly<Record<string, string>>, manifest = '') =>
    (await copyProject(await folderWith(files), join(await temporaryFolder(), 'copy'), Buffer.from(manifest))).digest
  const digests = [
    await digestOf({ 'model.py': 'a', 'data/x': '1' }),
    await digestOf({ 'model.py': 'b', 'data/x': '1' }),
    await digestOf({ 'model.py': 'a', 'data/x': '2' }),
    await digestOf({ 'model.py': 'a', 'data/y': '1' }),
    await digestOf({ 'model.py': 'a', 'data/x': '1' }, 'description: x'),
  ]
  assert.equal(new Set(digests).size, 5)
  assert.equal(await digestOf({ 'model.py': 'a', 'data/x': '1' }), digests[0])
})

describe('model.tar.gz', () => {
  const archived = async (files: Readonly<Record<string, string>>, prepare: (folder: string) => void = () => undefined) => {
    const inside = await folderWith(files)
    prepare(inside)
    const folder = await temporaryFolder()
    await create({ gzip: true, file: join(folder, 'model.tar.gz'), cwd: inside, preservePaths: true, portable: true }, readdirSync(inside))
    return folder
  }

  test('is unpacked in the copy, and not in the folder', async () => {
    const folder = await archived({ 'code/inference.py': 'x = 1\n', 'model.joblib': 'm' })
    const target = join(await temporaryFolder(), 'copy')
    await copyProject(folder, target, NOTHING)
    assert.deepEqual(readdirSync(target).sort(), ['code', 'model.joblib'])
    assert.deepEqual(readdirSync(folder), ['model.tar.gz'])
  })

  test('is refused with a link in it', async () => {
    const folder = await archived({ 'inference.py': '' }, (inside) => symlinkSync('/etc/passwd', join(inside, 'secret')))
    await assert.rejects(copyProject(folder, join(await temporaryFolder(), 'copy'), NOTHING), {
      code: 'INVALID_ARGUMENT',
      message: /secret is a SymbolicLink/,
    })
  })

  test('is refused with a path that leads out of it', async () => {
    const base = await folderWith({ 'in/x': '', 'escaped.txt': 'out' })
    const folder = await temporaryFolder()
    await create({ gzip: true, file: join(folder, 'model.tar.gz'), cwd: join(base, 'in'), preservePaths: true }, ['../escaped.txt'])
    const home = await temporaryFolder()
    await assert.rejects(copyProject(folder, join(home, 'copy'), NOTHING), {
      code: 'INVALID_ARGUMENT',
      message: /escaped\.txt lies outside/,
    })
    assert.deepEqual(readdirSync(home), ['copy'])
  })

  test('is refused when it is no archive', async () => {
    const folder = await folderWith({ 'model.tar.gz': 'no archive' })
    await assert.rejects(copyProject(folder, join(await temporaryFolder(), 'copy'), NOTHING), {
      code: 'INVALID_ARGUMENT',
      message: /^model\.tar\.gz cannot be unpacked/,
    })
  })
})

test('settings for Python have no effect on ONNX and are refused', async () => {
  for (const [key, yaml] of [
    ['signature', 'signature: { inputs: { x: { datatype: FP32, shape: [-1] } } }'],
    ['python', 'python: { batched: true }'],
    ['python', 'python: { variables: { A: b } }'],
    ['allowCode', 'allowCode: true'],
  ] as const) {
    const folder = await folderWith({ 'm/1/model.onnx': ONNX, 'm/model.yaml': yaml })
    const [found] = await findPackages([join(folder, 'm')])
    assert.ok(found?.versions[0])
    await assert.rejects(openPackage(found, found.versions[0], { privateFolder: await temporaryFolder() }), {
      code: 'INVALID_ARGUMENT',
      message: `model.yaml: ${key} has no effect for an ONNX model, only for a Python project; remove it`,
    })
  }
})
