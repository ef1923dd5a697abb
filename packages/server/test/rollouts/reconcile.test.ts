/** The reconciler over real packages on disk, with the runtime inside this process. */
import assert from 'node:assert/strict'
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tensor } from '@slipway/protocol'
import { composeRevisions } from '../../src/app/compose.ts'
import { systemClock } from '../../src/base/clock.ts'
import { configSchema } from '../../src/config/schema.ts'
import { findPackages } from '../../src/models/repository.ts'
import type { Logger } from '../../src/observe/logger.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { Reconciler } from '../../src/rollouts/reconcile.ts'
import { createDataPlane } from '../../src/serving/data-plane.ts'
import { FIXTURES } from '../support/e2e/slipway-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MACHINE = { cpus: 1, cpusFrom: 'test', memoryBytes: 2 ** 32, memoryFrom: 'test' }

async function setUp() {
  const [repository, privateFolder] = [await temporaryFolder(), await temporaryFolder()]
  const logged: string[] = []
  const log = (_: unknown, sentence: string) => void logged.push(sentence)
  const logger = { debug: log, info: log, warn: log, error: log } as unknown as Logger
  const dataPlane = createDataPlane((model) => reconciler.whyNot(model))
  const config = configSchema.parse({ replicas: { isolation: 'inline' } })
  const ground = { clock: systemClock, machine: MACHINE, logger, metrics: createMetrics(), privateFolder }
  const reconciler: Reconciler = new Reconciler({ ...composeRevisions(ground), config, dataPlane, privateFolder })
  const put = async (model: string, version: number, fixture: string | Uint8Array) => {
    const folder = join(repository, model, String(version))
    await mkdir(folder, { recursive: true })
    const path = join(folder, 'model.onnx')
    // A new file, not new contents in the old one: its inode number tells it apart whatever the clock says.
    await rm(path, { force: true })
    if (typeof fixture === 'string') await copyFile(join(FIXTURES, `${fixture}.onnx`), path)
    else await writeFile(path, fixture)
  }
  return {
    repository,
    privateFolder,
    logged,
    dataPlane,
    reconciler,
    put,
    remove: (model: string, version: number) => rm(join(repository, model, String(version)), { recursive: true }),
    manifest: (model: string, text: string) => writeFile(join(repository, model, 'model.yaml'), text),
    look: async () => reconciler.apply(await findPackages([repository])),
    states: (model: string) => reconciler.versions(model).map(({ version, state }) => `${version} ${state}`),
    serving: (model: string) => dataPlane.table.get(model)?.serving,
    [Symbol.asyncDispose]: () => reconciler.stop(1000),
  }
}
type Scene = Awaited<ReturnType<typeof setUp>>

/** What the model answers: `echo` gives its row back, `sum` its total. */
async function answerOf({ dataPlane }: Scene, model: string): Promise<readonly number[]> {
  const inputs = new Map([['x', tensor('FP32', [1, 4], Float32Array.of(1, 2, 3, 4))]])
  const context = { requestId: 'r', dialect: 'test', deadline: systemClock.monotonic() + 10_000, signal: { aborted: false }, decodeMs: 0 }
  const { outputs } = await dataPlane.infer({ model, inputs }, context)
  return [...outputs.values()].flatMap(({ data }) => Array.from(data as Float32Array))
}

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
