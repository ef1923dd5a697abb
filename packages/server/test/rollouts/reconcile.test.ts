/** The reconciler over real packages on disk, with the runtime inside this process. */
import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { findPackages } from '../../src/models/repository.ts'
import { answerOf, setUp } from '../support/rollouts.ts'

test('a new version takes over, and the old one is closed', async () => {
  await using scene = await setUp()
  await scene.put('m', 1, 'echo')
  await scene.look()
  assert.deepEqual(await answerOf(scene, 'm'), [1, 2, 3, 4])
  const old = scene.serving('m')
  await scene.put('m', 2, 'sum')
  await scene.look()
  assert.deepEqual(await answerOf(scene, 'm'), [10])
  assert.equal(scene.serving('m')?.version, '2')
  assert.notEqual(scene.serving('m'), old)
  assert.match(scene.logged.join('\n'), /model loaded[\s\S]*model loaded/)
})

test('a version that does not open leaves the old one serving, with the reason shown', async () => {
  await using scene = await setUp()
  await scene.put('m', 1, 'echo')
  await scene.look()
  await scene.put('m', 2, Buffer.from('no model'))
  await scene.look()
  assert.deepEqual(await answerOf(scene, 'm'), [1, 2, 3, 4])
  assert.deepEqual(scene.states('m'), ['2 failed', '1 ready'])
  assert.match(scene.reconciler.versions('m')[0]?.reason ?? '', /no ONNX model/)
})

test('a changed file is swapped in under the same version', async () => {
  await using scene = await setUp()
  await scene.put('m', 1, 'echo')
  await scene.look()
  const before = scene.serving('m')?.package.digest
  await scene.put('m', 1, 'sum')
  await scene.look()
  assert.deepEqual(await answerOf(scene, 'm'), [10])
  assert.equal(scene.serving('m')?.version, '1')
  assert.notEqual(scene.serving('m')?.package.digest, before)
})

test('a changed file that does not open leaves what was loaded serving, with the reason shown', async () => {
  await using scene = await setUp()
  await scene.put('m', 1, 'echo')
  await scene.look()
  await scene.put('m', 1, Buffer.from('no model'))
  await scene.look()
  assert.deepEqual(await answerOf(scene, 'm'), [1, 2, 3, 4])
  assert.deepEqual(scene.states('m'), ['1 ready'])
  assert.match(scene.reconciler.versions('m')[0]?.reason ?? '', /no ONNX model/)
})

test('a removed model is unloaded, and the others stay', async () => {
  await using scene = await setUp()
  await scene.put('m', 1, 'echo')
  await scene.put('n', 1, 'sum')
  await scene.look()
  await scene.remove('m', 1)
  await rm(join(scene.repository, 'm'), { recursive: true })
  await scene.look()
  assert.deepEqual([...scene.dataPlane.table.keys()], ['n'])
  assert.deepEqual(scene.reconciler.models(), ['n'])
  await assert.rejects(answerOf(scene, 'm'), { code: 'NOT_FOUND' })
  assert.deepEqual(await answerOf(scene, 'n'), [10])
})

test('when the newest version is removed, the one before serves again', async () => {
  await using scene = await setUp()
  await scene.put('m', 1, 'echo')
  await scene.put('m', 2, 'sum')
  await scene.look()
  assert.deepEqual(await answerOf(scene, 'm'), [10])
  await scene.remove('m', 2)
  await scene.look()
  assert.deepEqual(await answerOf(scene, 'm'), [1, 2, 3, 4])
  assert.deepEqual(
    scene.states('m').filter((state) => !state.endsWith('draining')),
    ['1 ready'],
  )
})

test('with "versions: all" every version answers when it is named', async () => {
  await using scene = await setUp()
  await scene.put('m', 1, 'echo')
  await scene.put('m', 2, 'sum')
  await scene.manifest('m', 'versions: all\n')
  await scene.look()
  assert.deepEqual(scene.states('m'), ['2 ready', '1 ready'])
  assert.equal(scene.dataPlane.revision('m', '1').version, '1')
  assert.throws(() => scene.dataPlane.revision('m', '3'), { code: 'NOT_FOUND', message: /loaded are: 1, 2/ })
})

test('what was refused is tried again only when its files change', async () => {
  await using scene = await setUp()
  await scene.put('m', 1, Buffer.from('no model'))
  await scene.look()
  const tried = () => scene.logged.filter((sentence) => sentence.startsWith('model not loaded')).length
  assert.equal(tried(), 1)
  await scene.look()
  assert.equal(tried(), 1)
  await scene.put('m', 1, Buffer.from('still no model'))
  await scene.look()
  assert.equal(tried(), 2)
  await scene.put('m', 1, 'echo')
  await scene.look()
  assert.deepEqual(scene.states('m'), ['1 ready'])
  assert.equal(scene.reconciler.versions('m')[0]?.reason, undefined)
})

test('a picture that comes while another is worked on is the one that holds in the end', async () => {
  await using scene = await setUp()
  await scene.put('m', 1, 'echo')
  const first = scene.look()
  await scene.put('m', 2, 'sum')
  await scene.put('n', 1, 'sum')
  await Promise.all([first, scene.look()])
  assert.deepEqual(await answerOf(scene, 'm'), [10])
  assert.deepEqual([...scene.dataPlane.table.keys()].sort(), ['m', 'n'])
})

test('stop while models are being opened gives them up and leaves nothing open', async () => {
  const scene = await setUp()
  for (const name of ['a', 'b', 'c', 'd']) await scene.put(name, 1, 'echo')
  const found = await findPackages([scene.repository])
  const opening = scene.reconciler.apply(found)
  await scene.reconciler.stop(1000)
  await opening
  assert.equal(scene.dataPlane.table.size, 0)
  await scene.look()
  assert.equal(scene.dataPlane.table.size, 0, 'nothing is opened after stop')
  assert.deepEqual(await readdir(scene.privateFolder), [])
})
