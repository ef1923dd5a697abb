/** Encoded bytes to pixels, through libvips. Only formats that are told by their first bytes are handed to it. */
import { ServeError } from '@slipway/protocol'
import sharp from 'sharp'
import type { Pixels } from './image-pixels.ts'

/** Decoded, this many pixels are a quarter of a gigabyte. Beyond it a small file is more likely a bomb than a picture. */
const MOST_PIXELS = 64_000_000
/** Pictures up to this are decoded whole. The decoder shrinks larger ones, which is much faster than to average them here. */
const WHOLE_PIXELS = 4_000_000
/** How much finer than wanted a picture stays when the decoder shrinks it: it blurs a little, which must not show. */
const MARGIN = 8

// Every picture is another one, and threads beside the session would take its cores.
sharp.cache(false)
sharp.concurrency(1)

const KNOWN = 'PNG, JPEG, WebP and GIF are known'

function formatOf(bytes: Uint8Array): string | undefined {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'PNG'
  if (text(0, 3) === '\xff\xd8\xff') return 'JPEG'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'WebP'
  return text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a' ? 'GIF' : undefined
}

export interface DecodeOptions {
  /** Which picture it is, for messages. */
  readonly what: string
  /** The size in which it will be used; absent when only a part of it will, which is not known yet. */
  readonly wanted?: { readonly width: number; readonly height: number }
}

/** The first frame of a picture, upright, in sRGB with 8 bits, alpha not multiplied in. Throws INVALID_ARGUMENT for anything else. */
export async function decodePicture(bytes: Uint8Array, { what, wanted }: DecodeOptions): Promise<Pixels> {
  const format = formatOf(bytes)
  if (format === undefined)
    throw new ServeError('INVALID_ARGUMENT', `${what}: ${bytes.byteLength} bytes that are no picture of a known format; ${KNOWN}`)
  const image = sharp(bytes, { limitInputPixels: false, failOn: 'error', animated: false, sequentialRead: true })
  try {
    const { width, height } = (await image.metadata()).autoOrient
    if (width * height > MOST_PIXELS)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `${what}: ${width} × ${height} pixels are more than the ${MOST_PIXELS / 1e6} million that are decoded; send a smaller picture`,
      )
    const upright = image.autoOrient()
    const factor = shrinkFactor(width, height, wanted)
    if (factor > 1) upright.resize({ width: Math.ceil(width / factor), height: Math.ceil(height / factor), fit: 'fill', kernel: 'linear' })
    const { data, info } = await upright.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    return { data, width: info.width, height: info.height, channels: info.channels }
  } catch (cause) {
    if (cause instanceof ServeError) throw cause
    throw new ServeError('INVALID_ARGUMENT', `${what}: the ${format} picture is broken or cut off`, { cause })
  }
}

/** By how much the decoder may shrink a picture; a whole number, so that it can do so by plain averages. */
function shrinkFactor(width: number, height: number, wanted: DecodeOptions['wanted']): number {
  if (width * height <= WHOLE_PIXELS) return 1
  const toWhole = Math.ceil(Math.sqrt((width * height) / WHOLE_PIXELS))
  return wanted === undefined ? toWhole : Math.max(1, Math.floor(Math.min(width / wanted.width, height / wanted.height) / MARGIN))
}
