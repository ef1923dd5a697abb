import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFile, link, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { closePackage, openPackage } from '../../src/models/package.ts'
import { findPackages } from '../../src/models/repository.ts'
import { folderWith, temporaryFolder } from '../support/temporary-folder.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/conformance')
const fixture = (name: string) => readFile(join(FIXTURES, name))

const open = async (path: string, privateFolder?: string) => {
  const [found] = await findPackages([path])
  const version = found?.versions.at(-1)
  assert.ok(found !== undefined && version !== undefined)
  return openPackage(found, version, { privateFolder: privateFolder ?? (await temporaryFolder()) })
}

const refusal = async (path: string) => {
  const privateFolder = await temporaryFolder()
  const error = (await open(path, privateFolder).then(
    () => assert.fail('it was taken'),
    (reason) => reason,
  )) as Error & { code: string }
  assert.deepEqual(await readdir(privateFolder), [], 'nothing is left behind')
  assert.ok(!error.message.includes('/tmp'), `${error.message} holds a path`)
  return error
}

/** A package `m` with version 1 as the fixture with external data, whose data file is put there by `place`. */
const withExternalData = async (place: (version: string, data: string) => Promise<unknown>) => {
  const folder = await folderWith({
    'm/1/model.onnx': await fixture('external-data.onnx'),
    'outside/data.bin': await fixture('external-data.bin'),
  })
  await place(join(folder, 'm/1'), join(folder, 'outside/data.bin'))
  return join(folder, 'm')
}

describe('an opened package', () => {
  test('is a private copy of model and external data that others cannot read or change', async () => {
    const path = await withExternalData((version, data) => copyFile(data, join(version, 'external-data.bin')))
    const model = await open(path)
    const home = dirname(model.modelPath)
    assert.deepEqual((await readdir(home)).sort(), ['external-data.bin', 'model.onnx'])
    assert.deepEqual(await readFile(model.modelPath), await fixture('external-data.onnx'))
    assert.deepEqual(await readFile(join(home, 'external-data.bin')), await fixture('external-data.bin'))
    assert.equal((await stat(model.modelPath)).mode & 0o777, 0o600)
    assert.equal((await stat(home)).mode & 0o777, 0o700)
    assert.notEqual((await stat(model.modelPath)).ino, (await stat(join(path, '1/model.onnx'))).ino)
    await closePackage(model)
    assert.deepEqual(await readdir(dirname(home)), [])
  })

  test('has a digest that changes with model, external data and manifest, and not with the place', async () => {
    const path = await withExternalData((version, data) => copyFile(data, join(version, 'external-data.bin')))
    const first = await open(path)
    assert.match(first.digest, /^sha256:[0-9a-f]{64}$/)
    assert.equal(
      (await open(await withExternalData((version, data) => copyFile(data, join(version, 'external-data.bin'))))).digest,
      first.digest,
    )
    await writeFile(join(path, 'model.yaml'), 'description: other\n')
    const second = await open(path)
    assert.notEqual(second.digest, first.digest)
    const data = await fixture('external-data.bin')
    data[0] = (data[0] as number) ^ 1
    await writeFile(join(path, '1/external-data.bin'), data)
    assert.equal(new Set([first.digest, second.digest, (await open(path)).digest]).size, 3)
  })

  test('loads what was rewritten, and says what that was', async () => {
    const model = await open(join(FIXTURES, 'zipmap-strings.onnx'))
    assert.notDeepEqual(await readFile(model.modelPath), await fixture('zipmap-strings.onnx'))
    assert.ok(model.facts.rewrites.length > 0)
    assert.deepEqual(
      model.outputs.map((output) => output.as.kind),
      ['label', 'scores'],
    )
  })

  test('may be opened twice; closing one leaves the other', async () => {
    const privateFolder = await temporaryFolder()
    const [one, two] = [await open(join(FIXTURES, 'sum.onnx'), privateFolder), await open(join(FIXTURES, 'sum.onnx'), privateFolder)]
    await closePackage(one)
    assert.ok((await stat(two.modelPath)).isFile())
  })

  test('carries manifest, description, examples and warnings', async () => {
    const folder = await folderWith({
      'sum/1/model.onnx': await fixture('sum.onnx'),
      'sum/model.yaml': 'description: Adds\ntask: tabular-regression\n',
      'sum/config.pbtxt': '',
      'sum/examples/bad.json': '{',
    })
    const model = await open(folder)
    assert.equal(model.manifest.description, 'Adds')
    assert.equal(model.task, 'tabular-regression')
    assert.equal(model.name, 'sum')
    assert.equal(model.version, '1')
    assert.equal(model.warnings.length, 2)
  })

  test('of a file that others share by hard links is a copy of its own', async () => {
    const folder = await folderWith({ 'a/1/model.onnx': await fixture('sum.onnx') })
    await link(join(folder, 'a/1/model.onnx'), join(folder, 'twin'))
    const model = await open(folder)
    await writeFile(join(folder, 'twin'), 'changed')
    assert.deepEqual(await readFile(model.modelPath), await fixture('sum.onnx'))
  })
})

describe('a hostile package', () => {
  test('whose external data is a symbolic link, a hard link, a folder, a pipe or missing is refused', async () => {
    const ways: readonly (readonly [RegExp, (version: string, data: string) => Promise<unknown>])[] = [
      [/symbolic link/, (version, data) => symlink(data, join(version, 'external-data.bin'))],
      [/hard link/, (version, data) => link(data, join(version, 'external-data.bin'))],
      [/folder/, (version) => mkdir(join(version, 'external-data.bin'))],
      [/no regular file/, async (version) => execFileSync('/usr/bin/mkfifo', [join(version, 'external-data.bin')])],
      [/missing/, async () => undefined],
    ]
    for (const [why, place] of ways) {
      const error = await refusal(await withExternalData(place))
      assert.equal(error.code, 'INVALID_ARGUMENT')
      assert.match(error.message, why)
      assert.match(error.message, /external-data\.bin/)
    }
  })

  test('whose model file is a symbolic link or a pipe is refused', async () => {
    const folder = await folderWith({ 'a/1/': '', 'b/1/': '', 'real.onnx': await fixture('sum.onnx') })
    await symlink('../../real.onnx', join(folder, 'a/1/model.onnx'))
    execFileSync('/usr/bin/mkfifo', [join(folder, 'b/1/model.onnx')])
    assert.match((await refusal(join(folder, 'a'))).message, /the model file model\.onnx cannot be used: symbolic link/)
    assert.match((await refusal(join(folder, 'b'))).message, /cannot be used: no regular file/)
  })

  test('whose manifest is a link, too large or wrong is refused', async () => {
    const model = await fixture('sum.onnx')
    const folder = await folderWith({
      'a/1/model.onnx': model,
      'secret.yaml': 'description: secret',
      'b/1/model.onnx': model,
      'b/model.yaml': `# ${'x'.repeat(1e6)}`,
      'c/1/model.onnx': model,
      'c/model.yaml': 'task: nothing',
    })
    await symlink('../secret.yaml', join(folder, 'a/model.yaml'))
    assert.match((await refusal(join(folder, 'a'))).message, /model\.yaml cannot be used: symbolic link/)
    assert.match((await refusal(join(folder, 'b'))).message, /larger than 1000000 bytes/)
    assert.match((await refusal(join(folder, 'c'))).message, /model\.yaml, line 1: task must be one of/)
  })

  test('that is no ONNX, empty or cut off is refused', async () => {
    const whole = await fixture('mlp64.onnx')
    for (const bytes of [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(0), whole.subarray(0, whole.length >> 1)]) {
      const folder = await folderWith({ 'm.onnx': bytes })
      assert.equal((await refusal(join(folder, 'm.onnx'))).code, 'INVALID_ARGUMENT')
    }
  })

  test('that goes away while it is opened is refused', async () => {
    const folder = await folderWith({ 'm.onnx': await fixture('sum.onnx') })
    const [found] = await findPackages([join(folder, 'm.onnx')])
    assert.ok(found?.versions[0])
    await rm(join(folder, 'm.onnx'))
    await assert.rejects(openPackage(found, found.versions[0], { privateFolder: await temporaryFolder() }), {
      code: 'INVALID_ARGUMENT',
      message: /m\.onnx cannot be used: missing/,
    })
  })
})

test('a folder for copies that cannot be made is unavailable, not the model’s fault', async () => {
  const folder = await folderWith({ 'a-file': 'x' })
  const [found] = await findPackages([join(FIXTURES, 'sum.onnx')])
  assert.ok(found?.versions[0])
  assert.equal(basename(found.versions[0].modelPath), 'sum.onnx')
  await assert.rejects(openPackage(found, found.versions[0], { privateFolder: join(folder, 'a-file/below') }), { code: 'UNAVAILABLE' })
})
