import { type FormEvent, useId, useState } from 'react'
import { keepKey } from '../call/key.ts'

/** Asks for an API key where the server wants one. */
export function KeyForm({ onKey }: { readonly onKey: () => void }) {
  const [key, setKey] = useState('')
  const id = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    keepKey(key)
    onKey()
  }
  return (
    <form className="panel key-form" onSubmit={submit}>
      <label htmlFor={id}>This server asks for an API key. It stays in this tab.</label>
      <div className="key-row">
        <input
          id={id}
          className="input"
          type="password"
          autoComplete="off"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        <button type="submit" className="button primary" disabled={key.trim() === ''}>
          Use key
        </button>
      </div>
    </form>
  )
}
