import { type PointerEvent, useEffect, useRef } from 'react'
import type { PadSize, Point, Stroke } from '../picture/strokes.ts'
import { paintStrokes } from '../picture/strokes.ts'

export interface DrawPadProps {
  readonly size: PadSize
  readonly ink: 'light' | 'dark'
  readonly strokes: readonly Stroke[]
  readonly onStrokes: (strokes: readonly Stroke[]) => void
  readonly label: string
}

/** A surface to draw on with mouse, finger or pen. The strokes belong to the caller. */
export function DrawPad({ size, ink, strokes, onStrokes, label }: DrawPadProps) {
  const ref = useRef<HTMLCanvasElement>(null)
  const drawing = useRef<readonly Stroke[] | undefined>(undefined)

  useEffect(() => {
    const canvas = ref.current
    const context = canvas?.getContext('2d')
    if (canvas === null || context === null || context === undefined) return
    const scale = Math.max(1, devicePixelRatio) * 1.5
    canvas.width = size.width * scale
    canvas.height = size.height * scale
    context.scale(scale, scale)
    context.strokeStyle = ink === 'light' ? '#fff' : '#10171c'
    paintStrokes(context, strokes)
  }, [strokes, size, ink])

  const pointOf = (event: { readonly clientX: number; readonly clientY: number }): Point => {
    const box = ref.current?.getBoundingClientRect() ?? new DOMRect(0, 0, size.width, size.height)
    return [((event.clientX - box.x) / box.width) * size.width, ((event.clientY - box.y) / box.height) * size.height]
  }
  const change = (next: readonly Stroke[]) => {
    drawing.current = next
    onStrokes(next)
  }
  const onPointerDown = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.button !== 0) return
    event.preventDefault()
    event.currentTarget.setPointerCapture(event.pointerId)
    change([...strokes, [pointOf(event)]])
  }
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>) => {
    const current = drawing.current
    const last = current?.at(-1)
    if (current === undefined || last === undefined) return
    const moves = event.nativeEvent.getCoalescedEvents?.() ?? []
    const points = (moves.length > 0 ? moves : [event]).map(pointOf)
    change([...current.slice(0, -1), [...last, ...points]])
  }
  const onEnd = () => {
    drawing.current = undefined
  }

  return (
    <canvas
      ref={ref}
      className="pad-canvas"
      role="img"
      aria-label={label}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onEnd}
      onPointerCancel={onEnd}
    />
  )
}
