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
  startDrawing(context, ink)
  paintStrokes(context, strokes)
  return canvas
}

export function pixelsOf(canvas: HTMLCanvasElement): Pixels {
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('this browser gives no 2D canvas')
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

/** The strokes' region as a picture of `size`: drawn again at that scale, so nothing is lost by cutting. */
export function paintRegion(
  strokes: readonly Stroke[],
  region: Region,
  look: { readonly size: PadSize; readonly ink: 'light' | 'dark' },
): HTMLCanvasElement {
  const [canvas, context] = createCanvas(look.size)
  startDrawing(context, look.ink)
  const across = canvas.width / region.width
  const down = canvas.height / region.height
  context.setTransform(across, 0, 0, down, -region.x * across, -region.y * down)
  paintStrokes(context, strokes)
  return canvas
}

function startDrawing(context: CanvasRenderingContext2D, ink: 'light' | 'dark'): void {
  context.fillStyle = ink === 'light' ? '#000' : '#fff'
  context.fillRect(0, 0, context.canvas.width, context.canvas.height)
  context.strokeStyle = ink === 'light' ? '#fff' : '#000'
}

export async function encodePng(canvas: HTMLCanvasElement): Promise<Blob> {
  return await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('the drawing could not be encoded')) : resolve(blob)), 'image/png')
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
