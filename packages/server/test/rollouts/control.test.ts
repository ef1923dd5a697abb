/** Loading and unloading by name, over real packages on disk, with the runtime inside this process. */
import assert from 'node:assert/strict'
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { FIXTURES } from '../support/e2e/slipway-process.ts'
import { answerOf, type Scene, setUp } from '../support/rollouts.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const states = ({ control }: Scene) => control.index().map(({ name, version, state }) => `${name} ${version} ${state}`)

async function twoModels(): Promise<Scene> {
  const scene = await setUp()
  await scene.put('m', 1, 'echo')
  await scene.put('n', 1, 'sum')
  await scene.see()
  return scene
}

test('an unloaded model answers no more, says so in the index, and leaves nothing open', async () => {
  await using scene = await twoModels()
  assert.deepEqual(states(scene), ['m 1 ready', 'n 1 ready'])
  await scene.control.unload('m')
  assert.deepEqual(states(scene), ['m 1 unloaded', 'n 1 ready'])
  await assert.rejects(answerOf(scene, 'm'), { code: 'NOT_FOUND', message: /loaded are: n/ })
  assert.deepEqual(await answerOf(scene, 'n'), [10])
  assert.equal((await readdir(scene.privateFolder)).filter((name) => name.startsWith('m-')).length, 0)
  await scene.control.unload('m')
})

test('what was asked of a model before it is unloaded is answered', async () => {
  await using scene = await twoModels()
  const asked = Array.from({ length: 20 }, () => answerOf(scene, 'm'))
  await scene.control.unload('m')
  for (const answer of await Promise.all(asked)) assert.deepEqual(answer, [1, 2, 3, 4])
})

test('a look at the same files leaves an unloaded model off; load turns it on again', async () => {
  await using scene = await twoModels()
  await scene.control.unload('m')
  await scene.see()
  assert.deepEqual(states(scene), ['m 1 unloaded', 'n 1 ready'])
  await scene.control.load('m')
  assert.deepEqual(states(scene), ['m 1 ready', 'n 1 ready'])
  assert.deepEqual(await answerOf(scene, 'm'), [1, 2, 3, 4])
})

test('a change of its files turns an unloaded model on', async () => {
  await using scene = await twoModels()
  await scene.control.unload('m')
  await scene.put('m', 2, 'sum')
  await scene.see()
  assert.deepEqual(await answerOf(scene, 'm'), [10])
})

test('load reads the disk again: a new model and a changed one answer before the watcher has seen them', async () => {
  await using scene = await twoModels()
  await scene.put('late', 7, 'sum')
  await scene.control.load('late')
  assert.deepEqual(await answerOf(scene, 'late'), [10])
  await scene.put('m', 1, 'sum')
  await scene.control.load('m')
  assert.deepEqual(await answerOf(scene, 'm'), [10])
})

test('load of a model that has not changed keeps its revision', async () => {
  await using scene = await twoModels()
  const before = scene.serving('m')
  await scene.control.load('m')
  assert.equal(scene.serving('m'), before)
})

test('load says why a version did not open, and what answered before goes on', async () => {
  await using scene = await twoModels()
  await scene.put('m', 2, Buffer.from('no model'))
  const refusal = { code: 'INVALID_ARGUMENT', message: /^failed to load "m": version 2: .*no ONNX model/ }
  await assert.rejects(scene.control.load('m'), refusal)
  assert.deepEqual(await answerOf(scene, 'm'), [1, 2, 3, 4])
  assert.deepEqual(states(scene), ['m 1 ready', 'm 2 failed', 'n 1 ready'])
  await assert.rejects(scene.control.load('m'), refusal)
  const tries = scene.logged.filter((sentence) => sentence.startsWith('model not loaded'))
  assert.equal(tries.length, 2, 'asked for, it is tried again with the same files')
})

test('names that are not there are refused, and say nothing of the disk', async () => {
  await using scene = await twoModels()
  for (const name of ['nobody', '../m', 'm/1', '']) {
    await assert.rejects(scene.control.load(name), (error: Error & { code: string }) => {
      assert.equal(error.code, 'NOT_FOUND')
      assert.doesNotMatch(error.message, /\/tmp|node_modules/)
      return true
    })
    await assert.rejects(scene.control.unload(name), { code: 'NOT_FOUND' })
  }
})

test('a model whose files went away is not loaded', async () => {
  await using scene = await twoModels()
  await rm(join(scene.repository, 'm'), { recursive: true })
  await assert.rejects(scene.control.load('m'), { code: 'NOT_FOUND' })
  await scene.see()
  assert.deepEqual(states(scene), ['n 1 ready'])
})

test('a package from elsewhere is served under the name it was given, until it is unloaded', async () => {
  await using scene = await twoModels()
  const folder = join(await temporaryFolder(), 'model')
  await mkdir(folder)
  await copyFile(join(FIXTURES, 'sum.onnx'), join(folder, 'model.onnx'))
  await scene.control.load('guest', folder)
  assert.deepEqual(await answerOf(scene, 'guest'), [10])
  await scene.see()
  await scene.control.load('guest')
  assert.deepEqual(states(scene), ['guest 1 ready', 'm 1 ready', 'n 1 ready'])
  await assert.rejects(scene.control.load('m', folder), { code: 'ALREADY_EXISTS' })
  await scene.control.unload('guest')
  assert.deepEqual(states(scene), ['m 1 ready', 'n 1 ready'])
  await assert.rejects(scene.control.load('guest'), { code: 'NOT_FOUND' })
  await assert.rejects(scene.control.load('guest', join(folder, 'nothing')), { code: 'NOT_FOUND' })
})

test('a model that is slow to open keeps no other from being loaded or unloaded', async () => {
  await using scene = await twoModels()
  await scene.put('slow', 1, 'echo')
  await scene.put('late', 1, 'sum')
  const gate = scene.gate()
  const loading = scene.control.load('slow')
  await gate.reached
  assert.deepEqual(states(scene), ['m 1 ready', 'n 1 ready', 'slow 1 loading'])
  await assert.rejects(answerOf(scene, 'slow'), { code: 'UNAVAILABLE', message: /is being loaded/ })
  await scene.control.unload('m')
  await scene.control.load('late')
  assert.deepEqual(states(scene), ['late 1 ready', 'm 1 unloaded', 'n 1 ready', 'slow 1 loading'])
  gate.open()
  await loading
  assert.deepEqual(await answerOf(scene, 'slow'), [1, 2, 3, 4])
})

test('a model that is unloaded while it is being opened ends up off', async () => {
  await using scene = await twoModels()
  await scene.put('slow', 1, 'echo')
  const gate = scene.gate()
  const refused = assert.rejects(scene.control.load('slow'), { code: 'UNAVAILABLE', message: /unloaded meanwhile/ })
  await gate.reached
  const unloading = scene.control.unload('slow')
  gate.open()
  await Promise.all([unloading, refused])
  assert.deepEqual(states(scene), ['m 1 ready', 'n 1 ready', 'slow 1 unloaded'])
  assert.equal((await readdir(scene.privateFolder)).filter((name) => name.startsWith('slow-')).length, 0)
})

test('loads and unloads of one model at once end in a state that the index tells truly', async () => {
  await using scene = await twoModels()
  await Promise.allSettled(Array.from({ length: 30 }, (_, turn) => (turn % 2 === 0 ? scene.control.unload('m') : scene.control.load('m'))))
  const ready = states(scene).includes('m 1 ready')
  assert.equal(ready, scene.dataPlane.table.has('m'))
  await scene.control.load('m')
  assert.deepEqual(await answerOf(scene, 'm'), [1, 2, 3, 4])
})
