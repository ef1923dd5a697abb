import type { InputInfo } from '@slipway/client'
import { useEffect, useMemo, useState } from 'react'
import type { Form, Picture } from '../form/form.ts'
import type { ReadyExample } from '../form/use-examples.ts'
import { type ImageKind, previewTensor } from '../picture/preview.ts'
import { formatName } from '../result/format.ts'
import { PixelCanvas } from './pixel-canvas.tsx'

export interface ExamplesStripProps {
  readonly inputs: readonly InputInfo[]
  readonly examples: readonly ReadyExample[]
  readonly onExample: (form: Form) => void
}

/** The model's examples: one click fills the form and predicts. */
export function ExamplesStrip({ inputs, examples, onExample }: ExamplesStripProps) {
  const image = inputs.find((input) => input.as.kind === 'image')
  return (
    <section className="examples" aria-label="Examples">
      <h3>Examples</h3>
      <ul>
        {examples.map(({ name, form }) => (
          <li key={name}>
            <button type="button" className="example" onClick={() => onExample(form)}>
              {image?.as.kind === 'image' && <Thumb picture={pictureOf(form, image.name)} kind={image.as} />}
              <span>{title(name, form)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

const LONGEST = 60

/** A single text is its own best title. */
function title(name: string, form: Form): string {
  const draft = [...form.drafts.values()].find(({ kind }) => kind === 'text')
  if (draft?.kind !== 'text' || draft.lines === 'each' || draft.text === '') return formatName(name)
  const text = draft.text.split('\n', 1)[0] ?? ''
  return text.length > LONGEST ? `${text.slice(0, LONGEST).trimEnd()}…` : text
}

function pictureOf(form: Form, input: string): Picture | undefined {
  const draft = form.drafts.get(input)
  return draft?.kind === 'image' ? draft.picture : undefined
}

function Thumb({ picture, kind }: { readonly picture: Picture | undefined; readonly kind: ImageKind }) {
  const [url, setUrl] = useState<string>()
  const pixels = useMemo(() => (picture?.source === 'tensor' ? previewTensor(picture.data, kind) : undefined), [picture, kind])
  useEffect(() => {
    if (picture === undefined || picture.source === 'tensor') return
    const made = URL.createObjectURL(picture.blob)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [picture])
  if (pixels !== undefined) return <PixelCanvas className="thumb" pixels={pixels} label="" />
  return <img className="thumb" src={url} alt="" />
}
