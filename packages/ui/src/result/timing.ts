/** Where the time of one answer went: the server's phases, and what is left for network and browser. */

export interface Segment {
  readonly phase: string
  readonly label: string
  readonly ms: number
  /** Part of the whole, 0–1. */
  readonly share: number
}

const LABELS: readonly (readonly [phase: string, label: string])[] = [
  ['decode', 'Decode'],
  ['cache', 'Look for a kept answer'],
  ['queue', 'Wait for a replica'],
  ['batch', 'Gather a batch'],
  ['transport', 'To the replica and back'],
  ['transform', 'Prepare the input'],
  ['infer', 'Model'],
  ['encode', 'Encode'],
]
const TOTAL = 'total'

/** Phases in the order they happen, then `network`; `wallMs` is what the browser measured around the whole call. */
export function segments(timing: Readonly<Record<string, number>>, wallMs: number): Segment[] {
  const known = LABELS.flatMap(([phase, label]) => {
    const ms = timing[phase]
    return ms === undefined || !(ms >= 0) ? [] : [{ phase, label, ms }]
  })
  const others = Object.entries(timing)
    .filter(([phase]) => phase !== TOTAL && !LABELS.some(([name]) => name === phase))
    .map(([phase, ms]) => ({ phase, label: phase, ms: Math.max(0, ms) }))
  const server = [...known, ...others]
  const spent = server.reduce((sum, { ms }) => sum + ms, 0)
  const network = { phase: 'network', label: 'Network and browser', ms: Math.max(0, wallMs - spent) }
  const whole = Math.max(spent + network.ms, Number.EPSILON)
  return [...server, network].map((segment) => ({ ...segment, share: segment.ms / whole }))
}
