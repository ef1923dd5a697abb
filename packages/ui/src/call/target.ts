import type { Target } from './wire-sample.ts'

/** The server behind this page, as code elsewhere reaches it. */
export function currentTarget(version?: string): Target {
  const origin = new URL('.', document.baseURI).href.replace(/\/$/, '')
  return { origin, ...(version === undefined ? {} : { version }) }
}
