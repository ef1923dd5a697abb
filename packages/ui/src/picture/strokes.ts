/** A drawing as the lines that were drawn, so that it can be undone and drawn again at any size. */

export type Point = readonly [x: number, y: number]
export type Stroke = readonly Point[]

/** The pad's longer side in its own units, and the pen's width in them: a pen of 22 on 280 is as thick as a digit's line in the training data. */
const PAD_SIZE = 280
const PEN_WIDTH = 22

export interface PadSize {
  readonly width: number
  readonly height: number
}

/** A pad of the picture's aspect whose longer side is PAD_SIZE. */
export function padSize(picture: PadSize): PadSize {
  const scale = PAD_SIZE / Math.max(picture.width, picture.height)
  return { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) }
}

/** Draws the strokes in the current stroke style; the context's transform maps pad units to pixels. */
export function paintStrokes(context: CanvasRenderingContext2D, strokes: readonly Stroke[]): void {
  context.lineWidth = PEN_WIDTH
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (const stroke of strokes) {
    const [first, ...rest] = stroke
    if (first === undefined) continue
    context.beginPath()
    context.moveTo(first[0], first[1])
    // A tap is a dot: a line of no length still gets its round caps.
    if (rest.length === 0) context.lineTo(first[0], first[1])
    let from = first
    for (const to of rest) {
      context.quadraticCurveTo(from[0], from[1], (from[0] + to[0]) / 2, (from[1] + to[1]) / 2)
      from = to
    }
    context.lineTo(from[0], from[1])
    context.stroke()
  }
}
