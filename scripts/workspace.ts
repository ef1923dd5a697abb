/** Where things of this repository lie. */
import { dirname, join } from 'node:path'

/** The repository's folder, absolute. */
export const ROOT = dirname(import.meta.dirname)

/** An absolute path below the repository's folder. */
export function inRoot(...parts: string[]): string {
  return join(ROOT, ...parts)
}

/** True where a skipped suite is a failure: CI=true, as every CI service sets it. */
export function isCi(): boolean {
  return process.env.CI === 'true' || process.env.CI === '1'
}
