import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react'
import { CodeLines } from './code-lines.tsx'
import { CopyButton } from './copy-button.tsx'
import type { Language, Sample } from './wire-sample.ts'

const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['curl', 'curl'],
  ['typescript', 'TypeScript'],
  ['python', 'Python'],
]

export interface CodePanelProps {
  readonly title: string
  /** Makes the code of one language; the same function as long as the code is the same. Undefined while there is none. */
  readonly source: ((language: Language) => Promise<Sample>) | undefined
  /** What stands in the code's place while there is none. */
  readonly empty: string
  /** What stands above the code. */
  readonly children?: ReactNode
}

/** Code in the language that is chosen, to be copied. */
export function CodePanel({ title, source, empty, children }: CodePanelProps) {
  const [language, setLanguage] = useState<Language>('curl')
  const shown = useSample(language, source)
  const id = useId()
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    const at = LANGUAGES.findIndex(([name]) => name === language)
    const next = LANGUAGES[(at + step + LANGUAGES.length) % LANGUAGES.length]?.[0] ?? 'curl'
    setLanguage(next)
    document.getElementById(`${id}-${next}`)?.focus()
  }
  return (
    <section className="panel" aria-labelledby={`${id}-title`}>
      <header className="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        <div className="tabs" role="tablist" aria-label="Language" onKeyDown={onKey}>
          {LANGUAGES.map(([name, label]) => (
            <button
              key={name}
              id={`${id}-${name}`}
              type="button"
              role="tab"
              aria-selected={name === language}
              aria-controls={`${id}-code`}
              tabIndex={name === language ? 0 : -1}
              onClick={() => setLanguage(name)}
            >
              {label}
            </button>
          ))}
        </div>
        <div className="panel-tools">
          {shown?.file !== undefined && <SaveBody name={shown.file.name} body={shown.file.body} />}
          {shown !== undefined && <CopyButton text={shown.code} />}
        </div>
      </header>
      {children}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: code that scrolls must be reachable by keyboard */}
      <div role="tabpanel" id={`${id}-code`} aria-labelledby={`${id}-${language}`} className="code-box" tabIndex={0}>
        {shown === undefined ? <p className="quiet">{empty}</p> : <CodeLines code={shown.code} />}
      </div>
    </section>
  )
}

interface Shown extends Sample {
  readonly language: Language
  readonly source: CodePanelProps['source']
}

function useSample(language: Language, source: CodePanelProps['source']): Sample | undefined {
  const [shown, setShown] = useState<Shown>()
  useEffect(() => {
    if (source === undefined) return setShown(undefined)
    let isCurrent = true
    void source(language).then((made) => isCurrent && setShown({ ...made, language, source }))
    return () => {
      isCurrent = false
    }
  }, [language, source])
  // The code of what was left behind is neither shown nor copied under another name.
  return shown?.language === language && shown.source === source ? shown : undefined
}

function SaveBody({ name, body }: { readonly name: string; readonly body: Blob }) {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(body)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [body])
  return (
    <a className="button small" href={url} download={name}>
      Save {name}
    </a>
  )
}
