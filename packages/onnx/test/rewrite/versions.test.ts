import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused, readAlone } from '../support/refused.ts'
import { run } from '../support/session.ts'
import { type TinyModel, tinyModel } from '../support/tiny-onnx.ts'

const ROWS = { x: { shape: [2], data: [-1, 2] } }

function modelOf(part: TinyModel, op = 'Relu'): Uint8Array {
  return tinyModel({
    inputs: [{ name: 'x', shape: ['N'] }],
    outputs: [{ name: 'y', shape: ['N'] }],
    nodes: [{ op, inputs: ['x'], outputs: ['y'] }],
    ...part,
  })
}

test('versions newer than the runtime are lowered where nothing of them is used', async () => {
  const model = await readAlone(modelOf({ irVersion: 14, opset: 28 }))
  assert.equal(model.irVersion, 14)
  assert.deepEqual(model.opsets, [{ domain: '', version: 28 }])
  assert.match(model.rewrites.join('\n'), /IR version 14 was lowered to 13.*\n.*opset 28 was lowered to 26/)
  assert.deepEqual(await run(model.rewritten as Uint8Array, model, ROWS), { y: { shape: [2], data: [0, 2] } })
})

test('an operator that changed since is not lowered, nor is a file with functions', async () => {
  await assertRefused(modelOf({ opset: 28 }, 'Celu'), /opset 28/)
  await readAlone(modelOf({ opset: 27 }, 'Celu'))
  const own = { name: 'f', domain: 'own', inputs: ['a'], outputs: ['b'], nodes: [{ op: 'Relu', inputs: ['a'], outputs: ['b'] }] }
  await assertRefused(modelOf({ opset: 28, functions: [own] }), /opset 28/)
})

test('the oldest and the newest versions that the runtime reads run as they are', async () => {
  for (const [irVersion, opset] of [
    [3, 7],
    [13, 26],
  ] as const) {
    const bytes = modelOf({ irVersion, opset })
    const model = await readAlone(bytes)
    assert.deepEqual(model.rewrites, [])
    assert.deepEqual(await run(bytes, model, ROWS), { y: { shape: [2], data: [0, 2] } })
  }
})
