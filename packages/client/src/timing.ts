/** Where the time of one call went. */

export interface Timing {
  /** Milliseconds by phase, as the server measured them (`Server-Timing`); empty when it sent none. */
  readonly phases: Readonly<Record<string, number>>
  /** Rows in the run that answered, this call's among them. */
  readonly batchRows?: number
  /** Milliseconds from the call to its answer as the caller saw it, attempts and waiting included. */
  readonly totalMs: number
}

/** Reads a `Server-Timing` header (W3C Server Timing §4): phases with a duration, and `rows=16` of a description. */
export function parseServerTiming(header: string | null, totalMs: number): Timing {
  const phases: Record<string, number> = Object.create(null)
  let batchRows: number | undefined
  for (const metric of splitOutsideQuotes(header ?? '', ',')) {
    const [name = '', ...parameters] = splitOutsideQuotes(metric, ';')
    for (const parameter of parameters) {
      const [key = '', ...rest] = parameter.split('=')
      const value = rest
        .join('=')
        .trim()
        .replace(/^"(.*)"$/s, '$1')
      if (key.trim().toLowerCase() === 'dur' && value !== '' && Number.isFinite(Number(value))) phases[name.trim()] = Number(value)
      const rows = key.trim().toLowerCase() === 'desc' ? /\brows=(\d+)/.exec(value)?.[1] : undefined
      if (rows !== undefined) batchRows = Number(rows)
    }
  }
  return { phases, totalMs, ...(batchRows === undefined ? {} : { batchRows }) }
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let from = 0
  let inside = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (inside && character === '\\') at++
    else if (character === '"') inside = !inside
    else if (character === separator && !inside) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  parts.push(text.slice(from))
  return parts.filter((part) => part.trim() !== '')
}
