import { useRef } from 'react'

export interface FilePickProps {
  readonly label: string
  readonly accept: string
  readonly onFile: (file: File) => void
  /** Present for a button that opens the camera; shown only where a finger is the pointer. */
  readonly capture?: true
}

/** A button that opens the browser's file chooser. */
export function FilePick({ label, accept, onFile, capture }: FilePickProps) {
  const ref = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={ref}
        type="file"
        hidden
        accept={accept}
        aria-label={label}
        {...(capture === undefined ? {} : { capture: 'environment' as const })}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0]
          event.currentTarget.value = ''
          if (file !== undefined) onFile(file)
        }}
      />
      <button type="button" className={`button small ${capture === undefined ? '' : 'only-touch'}`} onClick={() => ref.current?.click()}>
        {label}
      </button>
    </>
  )
}
