/** When a figure may be believed: the last three windows agree within 5 %. */

/** Windows that must agree. */
const AGREEING = 3
const WITHIN = 0.05

export interface Settled {
  /** The middle one of the last three windows. */
  readonly value: number
  readonly stable: boolean
  /** Largest difference between two of them, as a share of the middle one. */
  readonly spread: number
}

/** What the last windows say; unstable while there are fewer than three. */
export function settled(values: readonly number[]): Settled {
  const last = values.slice(-AGREEING)
  const sorted = last.toSorted((a, b) => a - b)
  const value = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const width = (sorted.at(-1) ?? Number.NaN) - (sorted[0] ?? Number.NaN)
  const spread = width === 0 ? 0 : width / value
  return { value, spread, stable: last.length === AGREEING && spread <= WITHIN }
}
