import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Datatype, fromFloat16, type Tensor, type TensorSpec } from '@slipway/protocol'
import sharp, { type Create, type Sharp } from 'sharp'
import { createImageTransform } from '../../src/transforms/image.ts'
import type { ImageSpec } from '../../src/transforms/transform.ts'

const base: ImageSpec = {
  channels: 1,
  width: 2,
  height: 2,
  fit: 'fill',
  invert: false,
  scale: 1,
  mean: 0,
  std: 1,
  layout: 'NCHW',
  crop: 'none',
}

const tensorSpec = (shape: readonly number[], datatype: Datatype = 'FP32'): TensorSpec => ({
  name: 'image',
  datatype,
  shape,
  symbols: shape.map(() => null),
})
const shapeOf = ({ channels, height, width, layout }: ImageSpec): readonly number[] =>
  ({ NCHW: [-1, channels, height, width], NHWC: [-1, height, width, channels], flat: [-1, height * width * channels] })[layout]

/** A picture of raw values, losslessly encoded. */
const picture = (values: readonly number[], width: number, channels: 1 | 2 | 3 | 4 = 1): Sharp =>
  sharp(Uint8Array.from(values), { raw: { width, height: values.length / width / channels, channels } })
const plain = (width: number, height: number, background: Create['background'], channels: 3 | 4 = 3): Sharp =>
  sharp({ create: { width, height, channels, background } })

async function decode(spec: Partial<ImageSpec>, encoded: Sharp | Uint8Array, datatype: Datatype = 'FP32'): Promise<Tensor> {
  const whole = { ...base, ...spec }
  const bytes = encoded instanceof Uint8Array ? encoded : await encoded.png().toBuffer()
  return createImageTransform(whole, tensorSpec(shapeOf(whole), datatype))([bytes])
}
const numbers = ({ data }: Tensor): readonly number[] => Array.from(data as Float32Array, (value) => Math.round(value * 1000) / 1000)
const refusal = async (encoded: Sharp | Uint8Array): Promise<Error & { code: string }> =>
  decode({}, encoded).then(
    () => assert.fail('it was taken'),
    (error) => error,
  )

describe('pixels', () => {
  const four = [0, 50, 100, 200]

  test('arrive as they are when size and scale do not change', async () => {
    const tensor = await decode({}, picture(four, 2))
    assert.deepEqual(tensor.shape, [1, 1, 2, 2])
    assert.equal(tensor.datatype, 'FP32')
    assert.deepEqual(numbers(tensor), four)
  })

  test('are inverted, scaled and normalised in this order', async () => {
    assert.deepEqual(numbers(await decode({ invert: true }, picture(four, 2))), [255, 205, 155, 55])
    assert.deepEqual(numbers(await decode({ scale: 1 / 255, mean: 0.5, std: 0.25 }, picture([0, 255, 0, 255], 2))), [-2, 2, -2, 2])
  })

  test('go into the layout of the model, normalised by channel', async () => {
    const colours = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    const spec = { channels: 3, mean: [1, 2, 3], std: [1, 1, 10] } as const
    assert.deepEqual(numbers(await decode({ ...spec, layout: 'NHWC' }, picture(colours, 2, 3))), [0, 0, 0, 3, 3, 0.3, 6, 6, 0.6, 9, 9, 0.9])
    assert.deepEqual(numbers(await decode({ ...spec, layout: 'flat' }, picture(colours, 2, 3))), [0, 0, 0, 3, 3, 0.3, 6, 6, 0.6, 9, 9, 0.9])
    assert.deepEqual(numbers(await decode({ ...spec, layout: 'NCHW' }, picture(colours, 2, 3))), [0, 3, 6, 9, 0, 3, 6, 9, 0, 0.3, 0.6, 0.9])
  })

  test('of colour become grey by luma, and grey becomes three equal channels', async () => {
    assert.deepEqual(
      numbers(await decode({}, picture([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255], 2, 3))),
      [76.245, 149.685, 29.07, 255],
    )
    assert.deepEqual(
      numbers(await decode({ channels: 3, layout: 'NHWC' }, picture(four, 2))),
      [0, 0, 0, 50, 50, 50, 100, 100, 100, 200, 200, 200],
    )
  })

  test('take the datatype of the model; whole numbers are rounded and kept within bounds', async () => {
    const doubled = { scale: 1.501 }
    assert.deepEqual([...((await decode(doubled, picture(four, 2), 'UINT8')).data as Uint8Array)], [0, 75, 150, 255])
    assert.deepEqual([...((await decode({ ...doubled, mean: 100 }, picture(four, 2), 'INT8')).data as Int8Array)], [-100, -25, 50, 127])
    assert.deepEqual([...((await decode({}, picture(four, 2), 'INT64')).data as BigInt64Array)], [0n, 50n, 100n, 200n])
    assert.deepEqual(
      Array.from((await decode({ scale: 0.5 }, picture(four, 2), 'FP16')).data as Uint16Array, fromFloat16),
      [0, 25, 50, 100],
    )
    assert.deepEqual([...((await decode({}, picture(four, 2), 'FP64')).data as Float64Array)], four)
  })

  test('of 16 bits are brought to 8', async () => {
    const wide = sharp(Uint16Array.from([0, 65_535, 32_896, 257]), { raw: { width: 2, height: 2, channels: 1 } }).toColourspace('grey16')
    assert.deepEqual(numbers(await decode({}, wide)), [0, 255, 128, 1])
  })
})

describe('transparency', () => {
  const spec = { channels: 1, width: 2, height: 1 } as const

  test('under a dark drawing is white, under a light one black', async () => {
    assert.deepEqual(numbers(await decode(spec, picture([0, 0, 0, 255, 0, 0, 0, 0], 2, 4))), [0, 255])
    assert.deepEqual(numbers(await decode(spec, picture([255, 255, 255, 255, 255, 255, 255, 0], 2, 4))), [255, 0])
  })

  test('is mixed by its share', async () => {
    assert.deepEqual(numbers(await decode(spec, picture([255, 255, 255, 51, 255, 255, 255, 255], 2, 4))), [51, 255])
  })

  test('stays a channel where the model takes four, and is never inverted', async () => {
    const pixels = picture([10, 20, 30, 40, 50, 60, 70, 80], 2, 4)
    assert.deepEqual(
      numbers(await decode({ ...spec, channels: 4, layout: 'NHWC', invert: true }, pixels)),
      [245, 235, 225, 40, 205, 195, 185, 80],
    )
  })

  test('of grey with alpha is understood', async () => {
    assert.deepEqual(numbers(await decode(spec, picture([0, 255, 100, 0], 2, 2))), [0, 255])
  })
})

describe('fitting', () => {
  test('shrinks by exact area averages', async () => {
    assert.deepEqual(numbers(await decode({ width: 1, height: 1 }, picture([0, 100, 200, 40], 2))), [85])
    assert.deepEqual(numbers(await decode({ width: 2, height: 1 }, picture([30, 60, 90], 3))), [40, 80])
  })

  test('grows between neighbours', async () => {
    assert.deepEqual(numbers(await decode({ width: 4, height: 1 }, picture([0, 100], 2))), [0, 25, 75, 100])
  })

  test('contain puts bars beside that end as 0', async () => {
    const wide = plain(8, 4, '#808080')
    assert.deepEqual(
      numbers(await decode({ fit: 'contain', width: 4, height: 4 }, wide)),
      [0, 0, 0, 0, 128, 128, 128, 128, 128, 128, 128, 128, 0, 0, 0, 0],
    )
    assert.deepEqual(
      numbers(await decode({ fit: 'contain', width: 2, height: 4, invert: true }, plain(4, 4, '#808080'))),
      [0, 0, 127, 127, 127, 127, 0, 0],
    )
  })

  test('contain shares pixels that the picture covers in part', async () => {
    assert.deepEqual(numbers(await decode({ fit: 'contain', width: 3, height: 1 }, plain(2, 1, '#ffffff'))), [127.5, 255, 127.5])
  })

  test('cover cuts what is over on both sides, fill stretches', async () => {
    const row = picture([10, 20, 30, 40, 10, 20, 30, 40], 4)
    assert.deepEqual(numbers(await decode({ fit: 'cover' }, row)), [20, 30, 20, 30])
    assert.deepEqual(numbers(await decode({ fit: 'fill' }, row)), [15, 35, 15, 35])
  })

  test('of a picture far larger than wanted blurs by a few levels at most', async () => {
    const half = await plain(3000, 2000, '#000')
      .composite([{ input: await plain(1500, 2000, '#fff').png().toBuffer(), left: 0, top: 0 }])
      .png()
      .toBuffer()
    const got = numbers(await decode({ width: 4, height: 2 }, half))
    for (const [index, want] of [255, 255, 0, 0, 255, 255, 0, 0].entries())
      assert.ok(Math.abs((got[index] as number) - want) <= 8, `${got}`)
  })
})

describe('ink', () => {
  /** `white` on black, or the other way around, at a place of a large canvas. */
  const canvas = (paper: string, ink: string, [left, top, width, height]: readonly [number, number, number, number]) =>
    sharp({ create: { width: 100, height: 80, channels: 3, background: paper } }).composite([
      { input: { create: { width, height, channels: 3, background: ink } }, left, top },
    ])

  test('fills the model’s picture wherever and however large it was drawn', async () => {
    const spec = { crop: 'ink', fit: 'contain', width: 4, height: 4 } as const
    const bar = [0, 255, 255, 0]
    for (const place of [
      [10, 20, 20, 40],
      [60, 2, 4, 8],
      [0, 0, 40, 80],
    ] as const)
      assert.deepEqual(numbers(await decode(spec, canvas('#000', '#fff', place))), [...bar, ...bar, ...bar, ...bar])
  })

  test('keeps the polarity of the drawing; its paper is the bars', async () => {
    const spec = { crop: 'ink', fit: 'contain', width: 3, height: 1 } as const
    assert.deepEqual(numbers(await decode(spec, canvas('#fff', '#000', [10, 10, 20, 20]))), [255, 0, 255])
    assert.deepEqual(numbers(await decode({ ...spec, invert: true }, canvas('#fff', '#000', [10, 10, 20, 20]))), [0, 255, 0])
  })

  test('on transparent paper is found', async () => {
    const drawn = sharp({ create: { width: 50, height: 50, channels: 4, background: '#0000' } }).composite([
      { input: { create: { width: 10, height: 10, channels: 4, background: '#fff' } }, left: 30, top: 5 },
    ])
    assert.deepEqual(numbers(await decode({ crop: 'ink', fit: 'contain' }, drawn)), [255, 255, 255, 255])
  })

  test('is found in a photograph-sized picture', async () => {
    const large = sharp({ create: { width: 4000, height: 3000, channels: 3, background: '#000' } }).composite([
      { input: { create: { width: 1000, height: 2000, channels: 3, background: '#fff' } }, left: 2900, top: 900 },
    ])
    const [left, , middle, , right] = numbers(
      await decode({ crop: 'ink', fit: 'contain', width: 5, height: 1 }, large),
    ) as readonly number[]
    assert.ok((left as number) < 5 && (right as number) < 5 && (middle as number) > 100, `${left} ${middle} ${right}`)
  })

  test('that is not there leaves the picture whole', async () => {
    assert.deepEqual(numbers(await decode({ crop: 'ink', fit: 'contain' }, plain(9, 9, '#000'))), [0, 0, 0, 0])
  })
})

describe('formats', () => {
  test('PNG, JPEG, WebP and GIF are decoded, and a picture lies as its EXIF says', async () => {
    const grey = plain(16, 16, '#646464')
    for (const bytes of [
      await grey.png().toBuffer(),
      await grey.jpeg().toBuffer(),
      await grey.webp({ lossless: true }).toBuffer(),
      await grey.gif().toBuffer(),
    ])
      for (const value of numbers(await decode({}, bytes))) assert.ok(Math.abs(value - 100) <= 1, String(value))
    const turned = await picture([0, 255], 2)
      .resize(32, 16, { kernel: 'nearest', fit: 'fill' })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer()
    const [top, bottom] = numbers(await decode({ width: 1, height: 2 }, turned)) as [number, number]
    assert.ok(top < 5 && bottom > 250, `${top} ${bottom}`)
  })

  test('anything else is refused naming the formats known', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    for (const bytes of [Buffer.alloc(0), Buffer.from('no picture'), svg, await plain(2, 2, '#000').tiff().toBuffer()]) {
      const error = await refusal(bytes)
      assert.equal(error.code, 'INVALID_ARGUMENT')
      assert.match(error.message, /^input "image", picture 1: .*PNG, JPEG, WebP and GIF are known/)
    }
  })

  test('a broken or cut picture is refused', async () => {
    const noise = Uint8Array.from({ length: 3 * 64 * 64 }, (_, index) => (index * 7919) % 251)
    const whole = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    for (const bytes of [await whole.png().toBuffer(), await whole.jpeg().toBuffer()])
      for (const length of [12, 60, bytes.length >> 1])
        assert.match((await refusal(bytes.subarray(0, length))).message, /broken or cut off/, `${length}`)
  })

  test('a small file of too many pixels is refused before it is decoded', async () => {
    const bomb = await plain(9000, 9000, '#000').png({ compressionLevel: 9 }).toBuffer()
    assert.ok(bomb.length < 500_000)
    assert.match((await refusal(bomb)).message, /9000 × 9000 pixels are more than the 64 million that are decoded/)
  })
})

describe('shapes', () => {
  const one = async () => picture([1, 2, 3, 4], 2).png().toBuffer()
  const create = (shape: readonly number[], spec: Partial<ImageSpec> = {}) => createImageTransform({ ...base, ...spec }, tensorSpec(shape))

  test('several pictures are several rows', async () => {
    const tensor = await create([-1, 1, 2, 2])([await one(), await one(), await one()])
    assert.deepEqual(tensor.shape, [3, 1, 2, 2])
    assert.deepEqual(numbers(tensor), [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4])
  })

  test('grey pictures fit inputs without a channel axis, and inputs without a batch axis', async () => {
    assert.deepEqual((await create([-1, 2, 2])([await one()])).shape, [1, 2, 2])
    assert.deepEqual((await create([2, 2])([await one()])).shape, [2, 2])
    assert.deepEqual((await create([-1, 4], { layout: 'flat' })([await one()])).shape, [1, 4])
    await assert.rejects(async () => create([2, 2])([await one(), await one()]), {
      code: 'INVALID_ARGUMENT',
      message: /takes one picture at a time, got 2/,
    })
  })

  test('a second bad picture is named by its place', async () => {
    await assert.rejects(create([-1, 1, 2, 2])([await one(), new Uint8Array(3)]), /picture 2/)
  })

  test('an input that cannot hold the pictures is refused when the transform is made', () => {
    assert.throws(() => create([-1, 3, 2, 2]), { code: 'FAILED_PRECONDITION', message: /cannot hold pictures of 1 × 2 × 2/ })
    assert.throws(() => createImageTransform(base, tensorSpec([-1, 1, 2, 2], 'BOOL')), { code: 'FAILED_PRECONDITION' })
    assert.throws(() => create([-1, 1, 2, 2], { mean: [1, 2] }), { code: 'FAILED_PRECONDITION' })
  })
})
