/** What the model is given of a picture, as a picture again. Pure; the server's own decoding is what counts. */
import type { InputKind } from '@slipway/client'
import { areaAverage, frame, inkBox, inkPlane, type Pixels, type Plane, type Region } from '../drawing.ts'
import { flatten } from '../form/nesting.ts'

export type ImageKind = Extract<InputKind, { readonly kind: 'image' }>

const CHANNELS = {
  1: [[0.299, 0.587, 0.114]],
  3: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  4: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
} as const

/** Ink is light on black, as in the training data of most digit models; a model that turns pictures over is given dark ink on white. */
export const inkOf = (kind: ImageKind): 'light' | 'dark' => (kind.invert ? 'dark' : 'light')

/** The part of a picture that the model is given: its ink where the model crops to it, else the whole. */
export function seenRegion(pixels: Pixels, kind: ImageKind): Region {
  const whole = { x: 0, y: 0, width: pixels.width, height: pixels.height }
  const box = kind.crop === 'ink' ? inkBox(inkPlane(pixels, inkOf(kind))) : undefined
  return frame(box ?? whole, kind, kind.fit)
}

/** The picture fitted to the model's size, in its channels. */
export function previewPicture(pixels: Pixels, kind: ImageKind): Pixels {
  const region = seenRegion(pixels, kind)
  const planes = CHANNELS[kind.channels].map((mix) => areaAverage(channelPlane(pixels, mix, kind.invert), region, kind))
  return paint(planes, kind)
}

/** One channel mixed from red, green and blue over white or black, turned over when the model is trained on negatives. */
function channelPlane(pixels: Pixels, mix: readonly [number, number, number], invert: boolean): Plane {
  const rgba = pixels.data
  const data = new Float32Array(pixels.width * pixels.height)
  for (let at = 0, from = 0; at < data.length; at++, from += 4) {
    const value = mix[0] * (rgba[from] ?? 0) + mix[1] * (rgba[from + 1] ?? 0) + mix[2] * (rgba[from + 2] ?? 0)
    data[at] = ((invert ? 255 - value : value) * (rgba[from + 3] ?? 0)) / 255
  }
  return { data, width: pixels.width, height: pixels.height }
}

/** The first picture of a tensor, stretched from its smallest value (black) to its largest (white); undefined when it holds no whole number of them. */
export function previewTensor(data: unknown, kind: ImageKind): Pixels | undefined {
  const all = flatten(data).map(Number)
  const size = kind.width * kind.height
  if (all.length === 0 || all.length % (size * kind.channels) !== 0 || all.some(Number.isNaN)) return undefined
  const flat = all.slice(0, size * kind.channels)
  const low = Math.min(0, ...flat)
  const span = Math.max(...flat) - low || 1
  const shown = kind.channels === 1 ? 1 : 3
  const planes = Array.from({ length: shown }, (_, channel) => {
    const at = (index: number) => (kind.layout === 'NHWC' ? index * kind.channels + channel : channel * size + index)
    const plane = Float32Array.from({ length: size }, (_, index) => (((flat[at(index)] ?? 0) - low) / span) * 255)
    return { data: plane, width: kind.width, height: kind.height }
  })
  return paint(planes, kind)
}

function paint(planes: readonly Plane[], size: { readonly width: number; readonly height: number }): Pixels {
  const data = new Uint8ClampedArray(size.width * size.height * 4)
  for (let at = 0; at < size.width * size.height; at++) {
    for (let channel = 0; channel < 3; channel++) data[at * 4 + channel] = planes[Math.min(channel, planes.length - 1)]?.data[at] ?? 0
    data[at * 4 + 3] = 255
  }
  return { data, width: size.width, height: size.height }
}
