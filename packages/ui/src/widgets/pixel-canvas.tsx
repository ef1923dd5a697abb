import { useEffect, useRef } from 'react'
import type { Pixels } from '../drawing.ts'

export interface PixelCanvasProps {
  readonly pixels: Pixels | undefined
  readonly label: string
  readonly className?: string
}

/** Pixels shown large, each a square of its own. */
export function PixelCanvas({ pixels, label, className }: PixelCanvasProps) {
  const ref = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const canvas = ref.current
    if (canvas === null) return
    canvas.width = pixels?.width ?? 1
    canvas.height = pixels?.height ?? 1
    const context = canvas.getContext('2d')
    if (pixels !== undefined && context !== null)
      context.putImageData(new ImageData(new Uint8ClampedArray(pixels.data), pixels.width, pixels.height), 0, 0)
  }, [pixels])
  return <canvas ref={ref} className={`pixels ${className ?? ''}`} role="img" aria-label={label} />
}
