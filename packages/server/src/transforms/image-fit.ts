/** Brings a picture to the size of a model, by exact area averages where it shrinks and between neighbours where it grows. */
import { type Box, backgroundOf, inkBox, type Pixels } from './image-pixels.ts'
import type { ImageSpec } from './transform.ts'

type Target = Pick<ImageSpec, 'width' | 'height' | 'fit'>

/** The picture in the target's size, channels interleaved; `bars` is the colour beside a picture that is contained. */
export function fitPicture(picture: Pixels, target: Target, bars: readonly number[]): Float32Array {
  return fitBox(picture, { left: 0, top: 0, width: picture.width, height: picture.height }, { target, bars })
}

/** The same for the part of the picture that is drawn on, on its own background. */
export function fillWithInk(picture: Pixels, target: Target): Float32Array {
  const background = backgroundOf(picture)
  return fitBox(picture, inkBox(picture, background), { target, bars: background })
}

function fitBox(picture: Pixels, box: Box, { target, bars }: { readonly target: Target; readonly bars: readonly number[] }): Float32Array {
  const { width, height, fit } = target
  const ratios = [width / box.width, height / box.height] as const
  const scale = fit === 'cover' ? Math.max(...ratios) : Math.min(...ratios)
  // Lengths in target pixels that the box takes, unless it is stretched.
  const across = fit === 'fill' ? width : box.width * scale
  const down = fit === 'fill' ? height : box.height * scale
  const columns = axisOf({ start: box.left, length: box.width, limit: picture.width }, { size: width, covered: across })
  const rows = axisOf({ start: box.top, length: box.height, limit: picture.height }, { size: height, covered: down })
  return resample(picture, { columns, rows, bars })
}

/** For one pixel of the target along one axis: which source pixels, with what weights, and what share is bars. */
interface Taps {
  readonly first: number
  readonly weights: readonly number[]
  readonly bars: number
}

interface Source {
  readonly start: number
  readonly length: number
  /** Source pixels there are. */
  readonly limit: number
}

/** The box lies in the middle of the axis: target position t is source position start + (t − offset) × step. */
function axisOf(source: Source, { size, covered }: { readonly size: number; readonly covered: number }): readonly Taps[] {
  const step = source.length / covered
  const offset = (size - covered) / 2
  return Array.from({ length: size }, (_, index) => {
    const from = Math.max(index, offset)
    const to = Math.min(index + 1, offset + covered)
    const share = Math.max(0, Math.min(1, to - from))
    if (share < 1e-9) return { first: 0, weights: [], bars: 1 }
    const begin = source.start + (from - offset) * step
    const end = source.start + (to - offset) * step
    const taps = step >= 1 ? areaTaps(begin, end) : linearTaps((begin + end) / 2, source)
    return { first: taps.first, weights: taps.weights.map((weight) => weight * share), bars: 1 - share }
  })
}

/** Each source pixel by how much of [begin, end) it covers. */
function areaTaps(begin: number, end: number): { readonly first: number; readonly weights: readonly number[] } {
  const first = Math.floor(begin + 1e-9)
  const last = Math.max(first, Math.ceil(end - 1e-9) - 1)
  const weights = Array.from({ length: last - first + 1 }, (_, index) => {
    const pixel = first + index
    return Math.max(0, Math.min(end, pixel + 1) - Math.max(begin, pixel)) / (end - begin)
  })
  return { first, weights }
}

/** The two source pixels whose centres lie around a position, within the box. */
function linearTaps(position: number, { start, length }: Source): { readonly first: number; readonly weights: readonly number[] } {
  const centre = Math.max(start, Math.min(start + length - 1, position - 0.5))
  const first = Math.floor(centre)
  const rest = centre - first
  return rest < 1e-9 ? { first, weights: [1] } : { first, weights: [1 - rest, rest] }
}

interface Plan {
  readonly columns: readonly Taps[]
  readonly rows: readonly Taps[]
  readonly bars: readonly number[]
}

/** First along rows, then along columns. */
function resample({ data, width, channels }: Pixels, { columns, rows, bars }: Plan): Float32Array {
  const wide = columns.length * channels
  const used = rows.filter((row) => row.weights.length > 0)
  const top = Math.min(...used.map(({ first }) => first))
  const bottom = Math.max(...used.map(({ first, weights }) => first + weights.length))
  const narrowed = new Float32Array(wide * (bottom - top))
  for (let y = top; y < bottom; y++)
    for (const [x, taps] of columns.entries())
      for (let channel = 0; channel < channels; channel++) {
        let sum = taps.bars * (bars[channel] as number)
        let from = (y * width + taps.first) * channels + channel
        for (let tap = 0; tap < taps.weights.length; tap++, from += channels) sum += (taps.weights[tap] as number) * (data[from] as number)
        narrowed[(y - top) * wide + x * channels + channel] = sum
      }
  const result = new Float32Array(wide * rows.length)
  for (const [y, taps] of rows.entries())
    for (let at = 0; at < wide; at++) {
      let sum = taps.bars * (bars[at % channels] as number)
      for (let tap = 0; tap < taps.weights.length; tap++)
        sum += (taps.weights[tap] as number) * (narrowed[(taps.first - top + tap) * wide + at] as number)
      result[y * wide + at] = sum
    }
  return result
}
