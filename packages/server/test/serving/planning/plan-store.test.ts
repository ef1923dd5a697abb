import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createPlanStore } from '../../../src/serving/planning/plan-store.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const KEY = { digest: 'sha256:1', cpus: 2, engine: 'onnxruntime 1.30.0' }
const PLAN = { replicas: 2, threads: 1, spinning: false, why: 'measured', curve: [{ rows: 1, ms: 2.5 }] }

async function setUp() {
  const folder = join(await temporaryFolder(), 'plans')
  const logged: string[] = []
  const log = (_: unknown, sentence: string) => void logged.push(sentence)
  return { folder, logged, store: createPlanStore(folder, { warn: log, debug: log }) }
}

test('a plan that was kept is there again, and only under the very same key', async () => {
  const { store, folder, logged } = await setUp()
  assert.equal(await store.recall(KEY), undefined)
  await store.keep(KEY, PLAN)
  assert.deepEqual(await store.recall({ ...KEY }), PLAN)
  for (const other of [{ digest: 'sha256:2' }, { cpus: 1.5 }, { engine: 'onnxruntime 1.31.0' }])
    assert.equal(await store.recall({ ...KEY, ...other }), undefined)
  assert.deepEqual([(await readdir(folder)).length, logged], [1, []])
})

test('a file that is broken, or says what cannot be, counts as none and is written anew', async () => {
  const { store, folder, logged } = await setUp()
  await store.keep(KEY, PLAN)
  const path = join(folder, (await readdir(folder))[0] as string)
  for (const text of [
    '',
    '{"key":',
    '[]',
    JSON.stringify({ key: KEY, plan: { ...PLAN, replicas: 1e9 } }),
    JSON.stringify({ key: {}, plan: PLAN }),
  ]) {
    await writeFile(path, text)
    assert.equal(await store.recall(KEY), undefined, text)
  }
  assert.equal(logged.length, 5)
  await store.keep(KEY, PLAN)
  assert.deepEqual(await store.recall(KEY), PLAN)
})

test('a folder that cannot be written is said, and costs nothing else', async () => {
  const { store, folder, logged } = await setUp()
  await writeFile(folder, 'a file in its place')
  await store.keep(KEY, PLAN)
  assert.equal(await store.recall(KEY), undefined)
  assert.match(logged.join(), /could not be kept/)
})
