/** From strokes to what is sent and what is shown: one crop serves both. */
import { frame, inkBox, inkPlane, type Pixels } from '../drawing.ts'
import { encodeRegion, paintDrawing, pixelsOf } from './canvas.ts'
import { type ImageKind, previewPicture } from './preview.ts'
import { padSize, type Stroke } from './strokes.ts'

export interface DrawingPicture {
  readonly preview: Pixels
  /** The drawing as a PNG, cropped to its ink and padded to the model's aspect. */
  encode(): Promise<Blob>
}

/** Ink is light on black, as in the training data of most digit models; a model that turns pictures over is given dark ink on white. */
export const inkOf = (kind: ImageKind): 'light' | 'dark' => (kind.invert ? 'dark' : 'light')

/** Undefined while nothing is drawn. */
export function drawingPicture(strokes: readonly Stroke[], kind: ImageKind): DrawingPicture | undefined {
  const ink = inkOf(kind)
  const canvas = paintDrawing(strokes, padSize(kind), ink)
  const pixels = pixelsOf(canvas)
  const box = inkBox(inkPlane(pixels, ink))
  if (box === undefined) return undefined
  const region = frame(box, kind)
  return {
    preview: previewPicture(pixels, kind, 'ink'),
    encode: () => encodeRegion(canvas, region, ink === 'light' ? '#000' : '#fff'),
  }
}
