/** Versions of Python and what they must meet, as packagers write it (PEP 440, and a bare `3.11`). */

export type Version = readonly number[]

/** Interpreters that the worker runs on. */
export const OLDEST: Version = [3, 9]
export const OLDEST_TEXT = '3.9'

export const versionOf = (text: string): Version => text.split('.').map(Number)

function compare(a: Version, b: Version): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const startsWith = (version: Version, prefix: Version): boolean => prefix.every((part, index) => version[index] === part)

/** Whether a version meets all parts of a specifier; one that cannot be read is met by none. */
export function meets(version: Version, specifier: string): boolean {
  return specifier
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '*')
    .every((part) => meetsPart(version, part))
}

function meetsPart(version: Version, part: string): boolean {
  const found = /^(===|==|~=|!=|<=|>=|<|>|\^|=)?\s*v?(\d+(?:\.\d+)*)(\.\*)?$/.exec(part)
  if (found === null) return false
  const [, sign = '', text = '', any] = found
  const wanted = versionOf(text)
  switch (sign) {
    case '>=':
      return compare(version, wanted) >= 0
    case '>':
      return compare(version, wanted) > 0 && !startsWith(version, wanted)
    case '<=':
      return compare(version, wanted) <= 0 || startsWith(version, wanted)
    case '<':
      return compare(version, wanted) < 0
    case '!=':
      return any === undefined && wanted.length > 2 ? compare(version, wanted) !== 0 : !startsWith(version, wanted)
    case '~=':
      return compare(version, wanted) >= 0 && startsWith(version, wanted.slice(0, -1))
    case '^':
      return compare(version, wanted) >= 0 && version[0] === wanted[0]
    default:
      // A bare version of two parts, or one that names a patch: the minor version is what has to fit.
      return startsWith(version, wanted.slice(0, 2))
  }
}
