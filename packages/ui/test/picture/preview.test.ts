import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pixels } from '../../src/drawing.ts'
import { previewPicture, previewTensor, seenRegion } from '../../src/picture/preview.ts'
import { imageKind } from '../support/inputs.ts'

/** A bar 2 wide and 8 high, off the middle of a 20 × 20 canvas. */
function bar(ink: number, paper: number): Pixels {
  const data = new Uint8ClampedArray(20 * 20 * 4)
  for (let at = 0; at < 400; at++) {
    const x = at % 20
    const y = Math.floor(at / 20)
    data.fill(x >= 13 && x < 15 && y >= 2 && y < 10 ? ink : paper, at * 4, at * 4 + 3)
    data[at * 4 + 3] = 255
  }
  return { data, width: 20, height: 20 }
}

const reds = (pixels: Pixels, row: number) => Array.from({ length: pixels.width }, (_, x) => pixels.data[(row * pixels.width + x) * 4])

test('a drawing anywhere on the canvas fills the height of the model’s picture and stands in its middle', () => {
  const seen = previewPicture(bar(255, 0), imageKind())
  for (let row = 0; row < 8; row++) assert.deepEqual(reds(seen, row), [0, 0, 0, 255, 255, 0, 0, 0])
})

test('dark ink on paper looks to a model that inverts as light ink on black does to one that does not', () => {
  const light = previewPicture(bar(255, 0), imageKind())
  const dark = previewPicture(bar(0, 255), imageKind({ invert: true }))
  assert.deepEqual([...dark.data], [...light.data])
})

test('a model that does not crop is given the whole canvas', () => {
  assert.deepEqual(seenRegion(bar(255, 0), imageKind({ crop: 'none' })), { x: 0, y: 0, width: 20, height: 20 })
})

test('colour models see three channels', () => {
  const red = { data: new Uint8ClampedArray([255, 0, 0, 255]), width: 1, height: 1 }
  const seen = previewPicture(red, imageKind({ channels: 3, width: 1, height: 1, crop: 'none' }))
  assert.deepEqual([...seen.data], [255, 0, 0, 255])
})

test('an example’s tensor is stretched from black to white, in either layout', () => {
  const nchw = previewTensor([[[[0, 0.5]], [[0, 0]], [[1, 0]]]], imageKind({ channels: 3, width: 2, height: 1 }))
  const nhwc = previewTensor(
    [
      [
        [
          [0, 0, 1],
          [0.5, 0, 0],
        ],
      ],
    ],
    imageKind({ channels: 3, width: 2, height: 1, layout: 'NHWC' }),
  )
  assert.deepEqual([...(nchw?.data ?? [])], [0, 0, 255, 255, 128, 0, 0, 255])
  assert.deepEqual([...(nhwc?.data ?? [])], [...(nchw?.data ?? [])])
})

test('a tensor of another size has no preview', () => {
  assert.equal(previewTensor([1, 2, 3], imageKind()), undefined)
})
