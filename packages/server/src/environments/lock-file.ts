/** A lock as uv and pip write and read it: each package with its exact version and the hashes of the files that may be installed for it. */
import { ServeError } from '@slipway/protocol'
import { packageName } from './requirements.ts'

/** The lock with only those hashes that are allowed. Throws FAILED_PRECONDITION for a package of which no allowed file was found. */
export function narrowLock(text: string, allowed: Readonly<Record<string, readonly string[]>>, source: string): string {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => {
      const [pinned = '', ...found] = line.trim().split(/\s+--hash=/)
      const wanted = found.length === 0 ? undefined : allowed[packageName(pinned)]
      if (wanted === undefined) return line
      const both = found.map((hash) => hash.trim()).filter((hash) => wanted.includes(hash))
      if (both.length > 0) return [pinned, ...both.map((hash) => `--hash=${hash}`)].join(' ')
      throw new ServeError(
        'FAILED_PRECONDITION',
        `${source} allows ${pinned} only with ${wanted.map(short).join(' or ')}, and the package index has ${found.map(short).join(', ')}; it is another file than the one that was checked`,
      )
    })
    .join('\n')
}

const short = (hash: string): string => (hash.length > 24 ? `${hash.slice(0, 23)}…` : hash)
