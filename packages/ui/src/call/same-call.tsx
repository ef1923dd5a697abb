import { type KeyboardEvent, useEffect, useId, useState } from 'react'
import { CodeLines } from './code-lines.tsx'
import type { Call } from './compose.ts'
import { CopyButton } from './copy-button.tsx'
import { type Language, type Sample, sample } from './samples.ts'

const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['curl', 'curl'],
  ['typescript', 'TypeScript'],
  ['python', 'Python'],
]

export interface SameCallProps {
  readonly call: Call | undefined
  readonly version: string | undefined
}

/** The call just made, as code that makes it again elsewhere. */
export function SameCall({ call, version }: SameCallProps) {
  const [language, setLanguage] = useState<Language>('curl')
  const shown = useSample(language, call, version)
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
        <h2 id={`${id}-title`}>The same call</h2>
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: code that scrolls must be reachable by keyboard */}
      <div role="tabpanel" id={`${id}-code`} aria-labelledby={`${id}-${language}`} className="code-box" tabIndex={0}>
        {call === undefined ? (
          <p className="quiet">Appears with the first prediction, its real input included.</p>
        ) : (
          shown !== undefined && <CodeLines key={language} code={shown.code} />
        )}
      </div>
    </section>
  )
}

interface Shown extends Sample {
  readonly language: Language
}

function useSample(language: Language, call: Call | undefined, version: string | undefined): Sample | undefined {
  const [shown, setShown] = useState<Shown>()
  useEffect(() => {
    if (call === undefined) return setShown(undefined)
    let isCurrent = true
    const origin = new URL('.', document.baseURI).href.replace(/\/$/, '')
    const target = { origin, ...(version === undefined ? {} : { version }) }
    void sample(language, call, target).then((made) => isCurrent && setShown({ ...made, language }))
    return () => {
      isCurrent = false
    }
  }, [language, call, version])
  // The code of the language left behind is neither shown nor copied under the other's name.
  return shown?.language === language ? shown : undefined
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
