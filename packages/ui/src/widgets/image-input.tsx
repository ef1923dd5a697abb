import { useEffect, useRef, useState } from 'react'
import type { Pixels } from '../drawing.ts'
import type { Picture } from '../form/form.ts'
import { decodeFile } from '../picture/canvas.ts'
import { drawingPicture } from '../picture/drawing-picture.ts'
import { type ImageKind, inkOf, previewPicture, previewTensor } from '../picture/preview.ts'
import { padSize, type Stroke } from '../picture/strokes.ts'
import { DrawPad } from './draw-pad.tsx'
import { FilePick } from './file-pick.tsx'
import { PixelCanvas } from './pixel-canvas.tsx'
import { useDropAndPaste } from './use-drop-and-paste.ts'

export interface ImageInputProps {
  readonly name: string
  readonly kind: ImageKind
  readonly picture: Picture | undefined
  readonly onPicture: (picture: Picture | undefined) => void
}

/** A picture drawn, dropped, pasted, picked or taken; beside it what the model will see of it. */
export function ImageInput({ name, kind, picture, onPicture }: ImageInputProps) {
  const pad = useDrawing(kind, picture, onPicture)
  const file = useFilePreview(picture, kind)
  const preview = picture === undefined ? undefined : picture.source === 'drawing' ? pad.preview : file.preview
  const onFile = (blob: File) => onPicture({ source: 'file', blob, name: blob.name })
  const drop = useDropAndPaste(onFile)
  const size = padSize(kind)
  const isEmpty = picture === undefined && pad.strokes.length === 0
  return (
    <div className="image-input">
      <section
        className={`pad ${kind.draw ? `pad-${inkOf(kind)}` : 'pad-drop'} ${drop.over ? 'is-over' : ''}`}
        aria-label={`Picture for ${name}`}
        {...drop.handlers}
      >
        {file.url !== undefined && <img className="pad-picture" src={file.url} alt={file.alt} />}
        {picture?.source === 'tensor' && <PixelCanvas className="pad-picture" pixels={file.preview} label="The example’s picture" />}
        {kind.draw && (
          <DrawPad size={size} ink={inkOf(kind)} strokes={pad.strokes} onStrokes={pad.onStrokes} label={`Drawing for ${name}`} />
        )}
        {isEmpty && <p className="pad-hint">{kind.draw ? 'Draw here' : 'Drop a picture here'}</p>}
      </section>
      <div className="pad-side">
        <figure className="seen">
          <PixelCanvas pixels={preview} label={`What the model sees: ${kind.width} by ${kind.height} pixels`} />
          <figcaption>
            What the model sees
            <span className="quiet">
              {kind.width} × {kind.height}
              {kind.channels === 1 ? ' grey' : ' colour'}
            </span>
          </figcaption>
        </figure>
        <div className="pad-tools">
          {kind.draw && (
            <button type="button" className="button small" disabled={pad.strokes.length === 0} onClick={pad.undo}>
              Undo
            </button>
          )}
          <button type="button" className="button small" disabled={isEmpty} onClick={pad.clear}>
            Clear
          </button>
          <FilePick label="Pick a picture" accept="image/*" onFile={onFile} />
          <FilePick label="Camera" accept="image/*" capture onFile={onFile} />
        </div>
      </div>
      {file.problem !== undefined && <p className="field-problem">{file.problem}</p>}
    </div>
  )
}

/** Strokes become a picture once per frame; the newest wins when encoding is slower than drawing. */
function useDrawing(kind: ImageKind, picture: Picture | undefined, onPicture: ImageInputProps['onPicture']) {
  const [strokes, setStrokes] = useState<readonly Stroke[]>([])
  const [preview, setPreview] = useState<Pixels>()
  const newest = useRef(0)
  const shown = picture === undefined || picture.source === 'drawing' ? strokes : []
  const frameId = useRef(0)
  const onStrokes = (next: readonly Stroke[]) => {
    const ticket = ++newest.current
    setStrokes(next)
    cancelAnimationFrame(frameId.current)
    frameId.current = requestAnimationFrame(() => {
      const drawn = drawingPicture(next, kind)
      setPreview(drawn?.preview)
      if (drawn === undefined) return onPicture(undefined)
      void drawn.encode().then((blob) => {
        if (ticket === newest.current) onPicture({ source: 'drawing', blob })
      })
    })
  }
  const clear = () => {
    newest.current++
    cancelAnimationFrame(frameId.current)
    setStrokes([])
    onPicture(undefined)
  }
  useEffect(() => () => cancelAnimationFrame(frameId.current), [])
  return { strokes: shown, preview, onStrokes, clear, undo: () => onStrokes(strokes.slice(0, -1)) }
}

interface FilePreview {
  readonly url?: string
  readonly alt?: string
  readonly preview?: Pixels
  readonly problem?: string
}

/** A picked file's address, its preview, and why it has none. */
function useFilePreview(picture: Picture | undefined, kind: ImageKind): FilePreview {
  const [shown, setShown] = useState<FilePreview>({})
  useEffect(() => {
    if (picture === undefined || picture.source === 'drawing') return setShown({})
    if (picture.source === 'tensor') {
      const preview = previewTensor(picture.data, kind)
      return setShown(preview === undefined ? {} : { preview })
    }
    const url = URL.createObjectURL(picture.blob)
    let isCurrent = true
    const alt = picture.name
    setShown({ url, alt })
    decodeFile(picture.blob)
      .then((pixels) => isCurrent && setShown({ url, alt, preview: previewPicture(pixels, kind) }))
      .catch(() => isCurrent && setShown({ problem: `“${alt}” is no picture this browser can show. PNG, JPEG, WebP and GIF work.` }))
    return () => {
      isCurrent = false
      URL.revokeObjectURL(url)
    }
  }, [picture, kind])
  return shown
}
