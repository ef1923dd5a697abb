import assert from 'node:assert/strict'
import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { CopyingFolder } from '../../src/models/files.ts'
import { folderWith, temporaryFolder } from '../support/temporary-folder.ts'

const TEXT = 'these are the weights'

async function openedFolder(files: Readonly<Record<string, string>>) {
  const [root, target] = [await folderWith(files), await temporaryFolder()]
  return { root, target, folder: new CopyingFolder(join(root, 'm'), target, 'model.onnx') }
}

describe('the folder of a model', () => {
  test('hands out files as copies, also below it, and reads them to the last octet', async () => {
    const { root, target, folder } = await openedFolder({ 'm/data/weights.bin': TEXT })
    const source = await folder.open('data/weights.bin')
    assert.ok('size' in source)
    assert.equal(source.size, TEXT.length)
    await writeFile(join(root, 'm/data/weights.bin'), 'changed after it was checked')
    assert.equal(Buffer.from(await source.read(6, TEXT.length - 6)).toString(), TEXT.slice(6))
    assert.equal(await readFile(join(target, 'data/weights.bin'), 'utf8'), TEXT)
    await folder.close()
  })

  test('rejects reads past the end', async () => {
    const { folder } = await openedFolder({ 'm/weights.bin': TEXT })
    const source = await folder.open('weights.bin')
    assert.ok('size' in source)
    for (const [offset, length] of [
      [0, TEXT.length + 1],
      [TEXT.length, 1],
      [-1, 1],
    ] as const)
      await assert.rejects(source.read(offset, length), RangeError)
    await folder.close()
  })

  test('a file that is asked for twice is copied once', async () => {
    const { folder } = await openedFolder({ 'm/weights.bin': TEXT })
    assert.equal(await folder.open('weights.bin'), await folder.open('weights.bin'))
    assert.deepEqual([...folder.copies.keys()], ['weights.bin'])
    await folder.close()
  })

  test('refuses every way out of it', async () => {
    const { root, folder } = await openedFolder({ 'outside/weights.bin': TEXT, 'm/inside.bin': TEXT, 'weights.bin': TEXT })
    await symlink('../outside', join(root, 'm/linked-folder'))
    await symlink('../weights.bin', join(root, 'm/linked-file'))
    await symlink('inside.bin', join(root, 'm/linked-inside'))
    await link(join(root, 'weights.bin'), join(root, 'm/twin'))
    await mkdir(join(root, 'm/folder'))
    const refused: Readonly<Record<string, string>> = {
      '../weights.bin': 'outside',
      'a/../../weights.bin': 'outside',
      [join(root, 'weights.bin')]: 'outside',
      '..\\weights.bin': 'outside',
      'inside.bin\0': 'outside',
      './inside.bin': 'outside',
      'linked-folder/weights.bin': 'outside',
      'linked-file': 'symbolic link',
      'linked-inside': 'symbolic link',
      twin: 'hard link',
      folder: 'a folder',
      missing: 'missing',
      'inside.bin/below': 'missing',
    }
    for (const [path, why] of Object.entries(refused)) assert.deepEqual(await folder.open(path), { refused: why }, path)
    assert.equal(folder.copies.size, 0)
    await folder.close()
  })

  test('lets the model itself be shared by hard links, since its copy is not', async () => {
    const { root, folder } = await openedFolder({ 'm/model.onnx': TEXT })
    await link(join(root, 'm/model.onnx'), join(root, 'twin'))
    const source = await folder.open('model.onnx')
    assert.ok('size' in source)
    assert.equal(source.links, 2)
    await folder.close()
  })
})
