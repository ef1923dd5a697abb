/** One combination of settings that is tried. */
export interface Setting {
  readonly replicas: number
  readonly threads: number
  /** The most rows of a run; 1 joins none. */
  readonly maxRows: number
  readonly maxDelayMs: number
  /** Names of execution providers in order of preference, such as `cuda,cpu`; the settings' own when absent. */
  readonly providers?: string
}

/** As people read it, and what a trial is known by: `2 × 1, 64 rows`. */
export function settingName({ replicas, threads, maxRows, maxDelayMs, providers }: Setting): string {
  const delay = maxDelayMs === 0 ? '' : ` after ${maxDelayMs} ms`
  return `${replicas} × ${threads}, ${maxRows} row${maxRows === 1 ? '' : 's'}${delay}${providers === undefined ? '' : `, ${providers}`}`
}

export interface Point {
  /** Requests that waited at once in a closed loop. */
  readonly clients: number
  readonly rowsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Rows that shared a run. */
  readonly meanRows: number
}

/** What came of a trial. */
export interface Figures extends Omit<Point, 'clients'> {
  /** False when no load that was tried stayed within the target; the figures are then of the lightest. */
  readonly meets: boolean
  /** What was seen on the way, by load. */
  readonly points: readonly Point[]
}

/** The better first: within the target by throughput, past it by how far. */
export function byWorth(a: Figures, b: Figures): number {
  if (a.meets !== b.meets) return a.meets ? -1 : 1
  return a.meets ? b.rowsPerSecond - a.rowsPerSecond : a.p99Ms - b.p99Ms
}
