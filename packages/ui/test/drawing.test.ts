import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { areaAverage, frame, inkBox, inkPlane, type Pixels, type Plane } from '../src/drawing.ts'

function pixels(rows: readonly (readonly number[])[]): Pixels {
  const data = new Uint8ClampedArray(rows.flat().flatMap((grey) => [grey, grey, grey, 255]))
  return { data, width: rows[0]?.length ?? 0, height: rows.length }
}

const plane = (rows: readonly (readonly number[])[]): Plane => ({
  data: Float32Array.from(rows.flat()),
  width: rows[0]?.length ?? 0,
  height: rows.length,
})

test('light ink is brightness, dark ink is its absence, and what is transparent is no ink', () => {
  const grey = pixels([[0, 255]])
  assert.deepEqual([...inkPlane(grey, 'light').data], [0, 255])
  assert.deepEqual([...inkPlane(grey, 'dark').data], [255, 0])
  const clear = { data: new Uint8ClampedArray(4), width: 1, height: 1 }
  assert.deepEqual([...inkPlane(clear, 'dark').data], [0])
})

test('the ink box is the smallest that holds what is at least a fifth as bright as the brightest', () => {
  const drawn = plane([
    [0, 0, 0, 0],
    [0, 39, 200, 0],
    [0, 0, 41, 0],
    [0, 0, 0, 0],
  ])
  assert.deepEqual(inkBox(drawn), { x: 2, y: 1, width: 1, height: 2 })
})

test('an empty plane has no ink box', () => {
  assert.equal(inkBox(plane([[0, 0]])), undefined)
})

test('contain grows the box around its middle until it has the aspect of the target', () => {
  assert.deepEqual(frame({ x: 10, y: 0, width: 4, height: 20 }, { width: 8, height: 8 }), { x: 2, y: 0, width: 20, height: 20 })
})

test('cover cuts the box and fill leaves it', () => {
  const box = { x: 0, y: 0, width: 4, height: 2 }
  assert.deepEqual(frame(box, { width: 8, height: 8 }, 'cover'), { x: 1, y: 0, width: 2, height: 2 })
  assert.deepEqual(frame(box, { width: 8, height: 8 }, 'fill'), box)
})

test('a target pixel is the mean of the area it covers, parts of pixels counted by their share', () => {
  const source = plane([[0, 30, 60]])
  const [left = 0, right = 0] = areaAverage(source, { x: 0, y: 0, width: 3, height: 1 }, { width: 2, height: 1 }).data
  assert.ok(Math.abs(left - 10) < 1e-4 && Math.abs(right - 50) < 1e-4, `${left}, ${right}`)
})

test('what lies outside the plane is background', () => {
  const averaged = areaAverage(plane([[100]]), { x: -1, y: 0, width: 3, height: 1 }, { width: 3, height: 1 })
  assert.deepEqual([...averaged.data], [0, 100, 0])
})

test('averaging keeps the mean whatever the sizes', () => {
  const sizes = fc.integer({ min: 1, max: 9 })
  const sources = fc.tuple(sizes, sizes).chain(([width, height]) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      data: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: width * height, maxLength: width * height }),
    }),
  )
  fc.assert(
    fc.property(sources, sizes, sizes, (source, width, height) => {
      const region = { x: 0, y: 0, width: source.width, height: source.height }
      const averaged = areaAverage({ ...source, data: Float32Array.from(source.data) }, region, { width, height })
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
      assert.ok(Math.abs(mean(source.data) - mean([...averaged.data])) < 1e-3)
    }),
  )
})
