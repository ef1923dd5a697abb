/** Starts the playground in its page. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { applyStoredTheme } from './shell/theme.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root"')
applyStoredTheme()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
