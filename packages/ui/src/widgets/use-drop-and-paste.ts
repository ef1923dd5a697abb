import { type DragEvent, useEffect, useRef, useState } from 'react'

/** Pictures dropped on an element, or pasted anywhere on the page. */
export function useDropAndPaste(onFile: (file: File) => void) {
  const [over, setOver] = useState(false)
  const latest = useRef(onFile)
  latest.current = onFile
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const file = pictureIn(event.clipboardData?.files)
      if (file === undefined) return
      event.preventDefault()
      latest.current(file)
    }
    document.addEventListener('paste', onPaste)
    return () => document.removeEventListener('paste', onPaste)
  }, [])
  const handlers = {
    onDragOver: (event: DragEvent) => {
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault()
      setOver(false)
      const file = event.dataTransfer.files[0]
      if (file !== undefined) onFile(file)
    },
  }
  return { over, handlers }
}

function pictureIn(files: FileList | undefined): File | undefined {
  return [...(files ?? [])].find((file) => file.type.startsWith('image/'))
}
