/** Providers and device budgets from the manifest to the loaded model, with the runtime inside this process. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerOf, type Scene, setUp } from '../support/rollouts.ts'

const DEVICE = { devices: [{ id: 0, memoryBytes: '8GB' }] }
const budget = (memory: string, rest = '') => `replicas: { providers: [{ name: fake, memoryBytes: ${memory} }${rest}] }\n`
const reasonOf = (scene: Scene, model: string) => scene.reconciler.versions(model)[0]?.reason ?? ''

test('a model that no longer fits on its device is refused, and one that leaves makes room', async () => {
  await using scene = await setUp(DEVICE)
  await scene.put('a', 1, 'echo')
  await scene.manifest('a', budget('5GB'))
  await scene.see()
  await scene.put('b', 1, 'sum')
  await scene.manifest('b', budget('4GB', ', cpu'))
  await scene.see()
  assert.deepEqual(scene.states('b'), ['1 failed'])
  assert.match(reasonOf(scene, 'b'), /4000 MB of device 0, which has 8000 MB, and 3000 MB are left: a@1 holds 5000 MB; unload one/)
  await scene.control.unload('a')
  await scene.control.load('b')
  assert.deepEqual(await answerOf(scene, 'b'), [10])
  assert.equal(scene.serving('b')?.execution.provider, 'fake')
})

test('a new version for which there is no room leaves the old one serving', async () => {
  await using scene = await setUp(DEVICE)
  await scene.put('a', 1, 'echo')
  await scene.manifest('a', budget('5GB'))
  await scene.see()
  await scene.put('a', 2, 'sum')
  await scene.see()
  assert.deepEqual(scene.states('a'), ['2 failed', '1 ready'])
  assert.match(reasonOf(scene, 'a'), /room for both/)
  assert.deepEqual(await answerOf(scene, 'a'), [1, 2, 3, 4])
})

test('a model that did not open holds nothing', async () => {
  await using scene = await setUp(DEVICE)
  await scene.put('a', 1, 'echo')
  await scene.manifest('a', 'replicas: { providers: [{ name: fake, memoryBytes: 8GB, options: { fails: out-of-memory } }] }\n')
  await scene.see()
  await scene.put('b', 1, 'sum')
  await scene.manifest('b', budget('8GB'))
  await scene.see()
  assert.deepEqual([...scene.states('a'), ...scene.states('b')], ['1 failed', '1 ready'])
  assert.match(reasonOf(scene, 'a'), /fake on device 0 cannot be used: .*out of memory/)
})

test('what a model falls back to is planned for as such, and said', async () => {
  await using scene = await setUp({})
  await scene.put('a', 1, 'echo')
  await scene.manifest('a', 'replicas: { providers: [{ name: fake, options: { fails: missing-libraries } }, cpu] }\n')
  await scene.see()
  const serving = scene.serving('a')
  assert.equal(serving?.execution.provider, 'cpu')
  assert.equal(serving?.execution.wanted, 'fake')
  assert.match(serving?.plan.why ?? '', /small model/)
  assert.match(scene.logged.join('\n'), /it will run by cpu instead, which may be much slower: fake on device 0 cannot be used/)
})
