import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { guardMemory } from '../../src/rollouts/memory-guard.ts'
import type { ModelControl } from '../../src/serving/control.ts'
import { folderWith } from '../support/temporary-folder.ts'

const MIB = 2 ** 20

function recorded() {
  const asked: string[] = []
  const control: ModelControl = {
    index: () => [],
    load: async (name) => void asked.push(name),
    unload: async (name) => void asked.push(`-${name}`),
  }
  return { control, asked }
}

test('a model is loaded where its newest version, twice, and a worker fit; else room is asked for', async () => {
  const folder = await folderWith({
    'model/1/model.onnx': new Uint8Array(40 * MIB),
    'model/2/model.onnx': new Uint8Array(1 * MIB),
    'model/2/weights.bin': new Uint8Array(2 * MIB),
  })
  const { control, asked } = recorded()
  let free = 70 * MIB
  const guarded = guardMemory(control, () => free)
  await guarded.load('a', join(folder, 'model'))
  free -= 1
  await assert.rejects(guarded.load('b', join(folder, 'model')), {
    code: 'RESOURCE_EXHAUSTED',
    message: `model "b" takes about ${70 * MIB} octets of memory, and ${free} are free; unload another one first`,
  })
  assert.deepEqual(asked, ['a'])
})

test('what has no folder, or no model in it, is the loading’s own matter', async () => {
  const { control, asked } = recorded()
  const guarded = guardMemory(control, () => 0)
  await guarded.load('a')
  await guarded.load('b', '/nowhere')
  await guarded.unload('a')
  assert.deepEqual(asked, ['a', 'b', '-a'])
})
