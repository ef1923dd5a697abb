import assert from 'node:assert/strict'
import { symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { findPackages } from '../../src/models/repository.ts'
import { folderWith } from '../support/temporary-folder.ts'

const outline = async (...paths: string[]) =>
  (await findPackages(paths)).map(({ name, versions, available }) => ({
    name,
    wanted: versions.map(({ version }) => version),
    all: available.map(({ version }) => version),
  }))

describe('what a path may be', () => {
  test('a .onnx file is a model named after it, version 1', async () => {
    const folder = await folderWith({ 'my model (v2).onnx': 'x', 'other.onnx': 'x' })
    assert.deepEqual(await outline(join(folder, 'my model (v2).onnx')), [{ name: 'my-model-v2-', wanted: ['1'], all: ['1'] }])
  })

  test('a package holds numbered versions, ordered as numbers', async () => {
    const folder = await folderWith({
      'digits/2/model.onnx': 'x',
      'digits/10/model.onnx': 'x',
      'digits/1700000000000000001/model.onnx': 'x',
      'digits/1700000000000000000/model.onnx': 'x',
      'digits/007/model.onnx': 'ignored, as a name with leading zeros is',
      'digits/model.yaml': 'versions: latest(3)',
    })
    assert.deepEqual(await outline(join(folder, 'digits')), [
      {
        name: 'digits',
        wanted: ['10', '1700000000000000000', '1700000000000000001'],
        all: ['2', '10', '1700000000000000000', '1700000000000000001'],
      },
    ])
  })

  test('a repository holds packages and files; hidden and other entries are passed over', async () => {
    const folder = await folderWith({
      'a/1/model.onnx': 'x',
      'b/model.yaml': '',
      'b/model.onnx': 'x',
      'c.onnx': 'x',
      'docs/readme.md': 'x',
      '.git/1/model.onnx': 'x',
      'notes.txt': 'x',
    })
    assert.deepEqual(
      (await outline(folder)).map(({ name }) => name),
      ['a', 'b', 'c'],
    )
  })

  test('a project names its models, relative to its file', async () => {
    const folder = await folderWith({ 'slipway.yaml': 'models: [./m, ./one.onnx]', 'm/a/1/model.onnx': 'x', 'one.onnx': 'x' })
    assert.deepEqual(
      (await outline(folder)).map(({ name }) => name),
      ['a', 'one'],
    )
    const silent = await folderWith({ 'slipway.yaml': '', 'models/a/1/model.onnx': 'x' })
    assert.deepEqual(
      (await outline(silent)).map(({ name }) => name),
      ['a'],
    )
  })

  test('a Triton repository loads unchanged, and its settings are said to be unread', async () => {
    const folder = await folderWith({
      'densenet/config.pbtxt': 'platform: "onnxruntime_onnx"',
      'densenet/densenet_labels.txt': 'x',
      'densenet/1/model.onnx': 'x',
      'large/config.pbtxt': '',
      'large/1/model.onnx/model.onnx': 'x',
      'large/1/model.onnx/weights.bin': 'x',
      'named/3/resnet.onnx': 'x',
    })
    const found = await findPackages([folder])
    assert.deepEqual(
      found.map(({ name }) => name),
      ['densenet', 'large', 'named'],
    )
    assert.match(found[0]?.warnings.join() ?? '', /config\.pbtxt \(Triton’s\) is not read: only the layout of the folder is used/)
    assert.equal(found[1]?.versions[0]?.modelPath, join(folder, 'large/1/model.onnx/model.onnx'))
    assert.equal(found[2]?.versions[0]?.modelPath, join(folder, 'named/3/resnet.onnx'))
  })

  test('a model that is named twice is one model', async () => {
    const folder = await folderWith({ 'a/1/model.onnx': 'x' })
    assert.equal((await findPackages([folder, join(folder, 'a')])).length, 1)
  })

  test('a link that the operator names is followed', async () => {
    const folder = await folderWith({ 'blobs/0123': 'x' })
    await symlink(join(folder, 'blobs/0123'), join(folder, 'model.onnx'))
    assert.deepEqual((await outline(join(folder, 'model.onnx')))[0]?.name, 'model')
  })
})

describe('policies', () => {
  const versions = { 'a/1/model.onnx': 'x', 'a/2/model.onnx': 'x', 'a/3/model.onnx': 'x' }
  const wanted = async (yaml: string) => (await outline(await folderWith({ ...versions, 'a/model.yaml': yaml })))[0]?.wanted

  test('decide which versions are wanted', async () => {
    assert.deepEqual(await wanted(''), ['3'])
    assert.deepEqual(await wanted('versions: latest(2)'), ['2', '3'])
    assert.deepEqual(await wanted('versions: all'), ['1', '2', '3'])
    assert.deepEqual(await wanted('versions: [1, 3]'), ['1', '3'])
  })

  test('a version that is asked for but missing is a warning', async () => {
    const [found] = await findPackages([await folderWith({ ...versions, 'a/model.yaml': 'versions: [1, 9]' })])
    assert.match(found?.warnings.join() ?? '', /version 9, which model\.yaml asks for, is not there/)
  })

  test('a broken manifest leaves the package found: it is refused when it is opened', async () => {
    const [found] = await findPackages([await folderWith({ ...versions, 'a/model.yaml': '}' })])
    assert.equal(found?.policy, undefined)
    assert.deepEqual(
      found?.versions.map(({ version }) => version),
      ['3'],
    )
  })
})

describe('what is refused', () => {
  const refusal = async (...paths: string[]) => {
    const error = (await findPackages(paths).then(
      () => assert.fail('it was taken'),
      (reason) => reason,
    )) as Error & { code: string }
    return { code: error.code, message: error.message }
  }

  test('a path that is not there', async () => {
    assert.match(
      (await refusal('/no/such/path')).message,
      /^\/no\/such\/path does not exist; name a \.onnx file, a model package, a repository/,
    )
  })

  test('a folder without models, naming what was looked for', async () => {
    const empty = await refusal(await folderWith({}))
    assert.equal(empty.code, 'NOT_FOUND')
    assert.match(empty.message, /holds no model: it is empty; looked for \.onnx files, for model\.yaml, numbered version folders/)
    assert.match((await refusal(await folderWith({ 'a.txt': 'x' }))).message, /holds no model; looked for/)
  })

  test('a package without a model that can be served', async () => {
    const folder = await folderWith({ 'tf/1/saved_model.pb': 'x', 'two/1/a.onnx': 'x', 'two/1/b.onnx': 'x', 'none/model.yaml': '' })
    assert.match(
      (await refusal(join(folder, 'tf'))).message,
      /version 1: no model\.onnx, but saved_model\.pb \(TensorFlow\): convert it to ONNX/,
    )
    assert.match((await refusal(join(folder, 'two'))).message, /version 1: several \.onnx files and none of them named model\.onnx/)
    assert.match((await refusal(join(folder, 'none'))).message, /the package holds no model\.onnx/)
  })

  test('a file of another format', async () => {
    const folder = await folderWith({ 'model.pkl': 'x' })
    assert.match((await refusal(join(folder, 'model.pkl'))).message, /model\.pkl is no \.onnx file; convert it with "slipway convert"/)
  })

  test('two models of one name', async () => {
    const folder = await folderWith({ 'a b.onnx': 'x', 'a+b.onnx': 'x' })
    const { code, message } = await refusal(folder)
    assert.equal(code, 'ALREADY_EXISTS')
    assert.match(message, /two models are named "a-b"/)
  })

  test('a bad package does not hide the good ones beside it', async () => {
    const folder = await folderWith({ 'good/1/model.onnx': 'x', 'bad/1/readme.md': 'x' })
    const [bad, good] = await findPackages([folder])
    assert.deepEqual(bad?.versions, [])
    assert.match(bad?.warnings.join() ?? '', /version 1: no model\.onnx/)
    assert.equal(good?.versions.length, 1)
  })

  test('links inside a repository are not followed, and said to be so', async () => {
    const folder = await folderWith({ 'real/1/model.onnx': 'x', 'models/a/2/model.onnx': 'x' })
    await symlink(join(folder, 'real'), join(folder, 'models/linked'))
    await symlink(join(folder, 'real/1'), join(folder, 'models/a/3'))
    const [a, linked] = await findPackages([join(folder, 'models')])
    assert.deepEqual(
      a?.available.map(({ version }) => version),
      ['2'],
    )
    assert.match(a?.warnings.join() ?? '', /version 3: a symbolic link, which is not followed/)
    assert.deepEqual(linked?.versions, [])
    assert.match(linked?.warnings.join() ?? '', /"linked" is a symbolic link and is not served/)
  })
})

describe('fingerprints', () => {
  const fingerprint = async (folder: string) => (await findPackages([folder]))[0]?.versions[0]?.fingerprint

  test('change with the model, its external data and its manifest, and with nothing else', async () => {
    const folder = await folderWith({ 'a/1/model.onnx': 'x', 'a/1/data/weights.bin': 'x', 'a/model.yaml': '', 'a/README.md': 'x' })
    const seen = new Set([await fingerprint(folder)])
    await writeFile(join(folder, 'a/README.md'), 'longer')
    seen.add(await fingerprint(folder))
    assert.equal(seen.size, 1)
    for (const file of ['a/1/model.onnx', 'a/1/data/weights.bin', 'a/model.yaml', 'a/1/new.bin']) {
      await writeFile(join(folder, file), '# longer')
      seen.add(await fingerprint(folder))
    }
    assert.equal(seen.size, 5)
    await utimes(join(folder, 'a/1/model.onnx'), 1, 1)
    seen.add(await fingerprint(folder))
    assert.equal(seen.size, 6)
  })

  test('of a bare file look at what is named after it, too', async () => {
    const folder = await folderWith({ 'm.onnx': 'x', 'm.onnx.data': 'x', 'mother.bin': 'x' })
    const before = await fingerprint(join(folder, 'm.onnx'))
    await writeFile(join(folder, 'mother.bin'), 'longer')
    assert.equal(await fingerprint(join(folder, 'm.onnx')), before)
    await writeFile(join(folder, 'm.onnx.data'), 'longer')
    assert.notEqual(await fingerprint(join(folder, 'm.onnx')), before)
  })
})
