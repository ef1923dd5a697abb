/** From strokes to what is sent and what is shown: one crop serves both. */
import { inkBox, inkPlane, type Pixels } from '../drawing.ts'
import { encodePng, paintDrawing, paintRegion, pixelsOf } from './canvas.ts'
import { type ImageKind, inkOf, previewPicture, seenRegion } from './preview.ts'
import { type PadSize, padSize, type Stroke } from './strokes.ts'

export interface DrawingPicture {
  readonly preview: Pixels
  /** The drawing as a PNG, cut and padded as the model takes it. */
  encode(): Promise<Blob>
}

const SENT_PIXELS = 64

/** A whole multiple of the model's own size, so that the server's averaging meets whole pixels; small, so that the call can be copied. */
function sentSize(kind: ImageKind): PadSize {
  const times = Math.max(1, Math.ceil(SENT_PIXELS / Math.max(kind.width, kind.height)))
  return { width: kind.width * times, height: kind.height * times }
}

/** Undefined while nothing is drawn. */
export function drawingPicture(strokes: readonly Stroke[], kind: ImageKind): DrawingPicture | undefined {
  const ink = inkOf(kind)
  const pixels = pixelsOf(paintDrawing(strokes, padSize(kind), ink))
  if (inkBox(inkPlane(pixels, ink)) === undefined) return undefined
  const region = seenRegion(pixels, kind)
  return {
    preview: previewPicture(pixels, kind),
    encode: () => encodePng(paintRegion(strokes, region, { size: sentSize(kind), ink })),
  }
}
