import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Signature, tensor } from '@slipway/protocol'
import sharp from 'sharp'
import { inputTransform } from '../../src/transforms/catalog.ts'
import type { InputTransform } from '../../src/transforms/transform.ts'

const signature: Signature = {
  inputs: [
    { name: 'image', datatype: 'FP32', shape: [-1, 1, 1, 1], symbols: ['n', null, null, null] },
    { name: 'note', datatype: 'BYTES', shape: [-1], symbols: ['n'] },
  ],
  outputs: [],
}
const image: InputTransform = {
  input: 'image',
  image: { channels: 1, width: 1, height: 1, fit: 'fill', invert: false, scale: 1, mean: 0, std: 1, layout: 'NCHW', crop: 'none' },
}
const png = await sharp({ create: { width: 3, height: 3, channels: 3, background: '#070707' } })
  .png()
  .toBuffer()
const text = tensor('BYTES', [1], [Buffer.from('hello')])

test('nothing to do is no transform', async () => {
  assert.equal(await inputTransform([], signature), undefined)
})

test('encoded pictures are decoded, everything else passes unchanged', async () => {
  const transform = await inputTransform([image], signature)
  const ready = await transform?.(
    new Map([
      ['image', tensor('BYTES', [2, 1], [png, png])],
      ['note', text],
    ]),
  )
  assert.deepEqual([...(ready?.keys() ?? [])], ['image', 'note'])
  assert.deepEqual(ready?.get('image'), tensor('FP32', [2, 1, 1, 1], Float32Array.of(7, 7)))
  assert.equal(ready?.get('note'), text)
})

test('a tensor on an input of pictures passes unchanged', async () => {
  const given = tensor('FP32', [1, 1, 1, 1], Float32Array.of(3))
  assert.equal((await (await inputTransform([image], signature))?.(new Map([['image', given]])))?.get('image'), given)
})

test('encoded pictures in more than one column are refused', async () => {
  const transform = await inputTransform([image], signature)
  for (const shape of [[1, 2], []])
    await assert.rejects(async () => transform?.(new Map([['image', tensor('BYTES', shape, [png, png])]])), {
      code: 'INVALID_ARGUMENT',
      message: /come as BYTES \[n\]/,
    })
})

test('a transform for an input that the model does not have is refused', async () => {
  await assert.rejects(inputTransform([{ ...image, input: 'picture' }], signature), { code: 'FAILED_PRECONDITION' })
})
