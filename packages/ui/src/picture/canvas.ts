/** Canvases and what goes in and out of them; the only file that makes one off the screen. */
import type { Pixels, Region } from '../drawing.ts'
import { type PadSize, paintStrokes, type Stroke } from './strokes.ts'

const LARGEST_PREVIEW = 1024

function createCanvas(size: PadSize): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(size.width))
  canvas.height = Math.max(1, Math.round(size.height))
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('this browser gives no 2D canvas')
  return [canvas, context]
}

/** The strokes as a picture: light ink on black, or dark ink on white. */
export function paintDrawing(strokes: readonly Stroke[], size: PadSize, ink: 'light' | 'dark'): HTMLCanvasElement {
  const [canvas, context] = createCanvas(size)
  context.fillStyle = ink === 'light' ? '#000' : '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.strokeStyle = ink === 'light' ? '#fff' : '#000'
  paintStrokes(context, strokes)
  return canvas
}

export function pixelsOf(canvas: HTMLCanvasElement): Pixels {
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('this browser gives no 2D canvas')
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

/** The region of the canvas as a PNG of its own; what lies outside the canvas is filled with `background`. */
export async function encodeRegion(canvas: HTMLCanvasElement, region: Region, background: string): Promise<Blob> {
  const [cut, context] = createCanvas(region)
  context.fillStyle = background
  context.fillRect(0, 0, cut.width, cut.height)
  const { x, y } = region
  context.drawImage(canvas, -x * (cut.width / region.width), -y * (cut.height / region.height))
  return await new Promise((resolve, reject) => {
    cut.toBlob((blob) => (blob === null ? reject(new Error('the drawing could not be encoded')) : resolve(blob)), 'image/png')
  })
}

/** A picked file as pixels, at most 1024 on its longer side; rejects when the browser cannot decode it. */
export async function decodeFile(blob: Blob): Promise<Pixels> {
  const bitmap = await createImageBitmap(blob)
  try {
    const scale = Math.min(1, LARGEST_PREVIEW / Math.max(bitmap.width, bitmap.height))
    const [canvas, context] = createCanvas({ width: bitmap.width * scale, height: bitmap.height * scale })
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    return pixelsOf(canvas)
  } finally {
    bitmap.close()
  }
}
