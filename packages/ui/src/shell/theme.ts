/** Light or dark: the system's choice until a person makes their own. */
import { useState } from 'react'

export type Theme = 'light' | 'dark'
const SLOT = 'slipway-theme'

const systemTheme = (): Theme => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')

function storedTheme(): Theme | undefined {
  const stored = localStorage.getItem(SLOT)
  return stored === 'light' || stored === 'dark' ? stored : undefined
}

/** Puts the stored choice on the document; called once before anything is drawn. */
export function applyStoredTheme(): void {
  const theme = storedTheme()
  if (theme !== undefined) document.documentElement.dataset.theme = theme
}

/** The theme shown and a way to change to the other. Choosing the system's own theme forgets the choice. */
export function useTheme(): readonly [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => storedTheme() ?? systemTheme())
  const toggle = () => {
    const next = theme === 'dark' ? 'light' : 'dark'
    if (next === systemTheme()) {
      localStorage.removeItem(SLOT)
      delete document.documentElement.dataset.theme
    } else {
      localStorage.setItem(SLOT, next)
      document.documentElement.dataset.theme = next
    }
    setTheme(next)
  }
  return [theme, toggle]
}
