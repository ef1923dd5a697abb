/** Looks at model folders from time to time and tells when what should be served has changed. */
import type { Clock } from '../base/clock.ts'
import { byNumber } from './layout.ts'
import { NO_MANIFEST } from './manifest.ts'
import { type Found, type FoundVersion, findPackages, wantedVersions } from './repository.ts'

export interface WatchOptions {
  readonly clock: Clock
  /** 0 never looks. */
  readonly pollMs: number
  /** What is known already, from findPackages. */
  readonly known: readonly Found[]
  /** Called with everything that should be served, each time it differs; awaited before the next look. */
  readonly onChange: (found: readonly Found[]) => Promise<void> | void
  /** A look that failed, such as an unmounted volume; what was known stays. Called once for each new reason. */
  readonly onProblem: (error: unknown) => void
}

export interface Watch {
  /** Resolves once no look is under way and none will follow. */
  stop(): Promise<void>
}

/**
 * A new, changed or vanished version counts once two looks in a row saw it the same: a version that is still being copied is left alone, and
 * a version that is replaced by deleting and copying is not missed in between.
 */
export function watch(paths: readonly string[], options: WatchOptions): Watch {
  const stopping = new AbortController()
  const running = options.pollMs === 0 ? Promise.resolve() : poll(paths, options, stopping.signal)
  return {
    stop: () => {
      stopping.abort()
      return running
    },
  }
}

async function poll(paths: readonly string[], options: WatchOptions, signal: AbortSignal): Promise<void> {
  const settle = createSettling(options.known)
  let reported = outline(options.known)
  let problem = ''
  while (!signal.aborted) {
    await options.clock.sleep(options.pollMs, signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      const settled = settle(await findPackages(paths))
      const now = outline(settled)
      problem = ''
      if (now === reported) continue
      reported = now
      await options.onChange(settled)
    } catch (error) {
      const text = String(error)
      if (text !== problem) options.onProblem(error)
      problem = text
    }
  }
}

const outline = (found: readonly Found[]): string =>
  JSON.stringify(
    found.map(({ name, versions }) => [name, versions.map(({ version, modelPath, fingerprint }) => [version, modelPath, fingerprint])]),
  )

type Versions = ReadonlyMap<string, FoundVersion>
const keyOf = (name: string, version: string) => `${name}\n${version}`
const keyed = (found: readonly Found[]): Versions =>
  new Map(found.flatMap(({ name, available }) => available.map((one) => [keyOf(name, one.version), one] as const)))

/** Makes the function that turns what one look saw into what has held for two. */
export function createSettling(known: readonly Found[]): (seen: readonly Found[]) => readonly Found[] {
  let before = keyed(known)
  let settled = before
  let packages = new Map(known.map((one) => [one.name, one]))
  return (seen) => {
    const now = keyed(seen)
    const next = new Map<string, FoundVersion>()
    for (const key of new Set([...settled.keys(), ...now.keys()])) {
      const same = before.get(key)?.fingerprint === now.get(key)?.fingerprint
      const value = same ? now.get(key) : settled.get(key)
      if (value !== undefined) next.set(key, value)
    }
    before = now
    settled = next
    // A package whose last look found nothing is still known by the one before, while its versions settle.
    packages = new Map([...packages, ...seen.map((one) => [one.name, withPolicy(one, packages.get(one.name))] as const)])
    const result = [...packages.values()].map((one) => withVersions(one, next)).filter(({ available }) => available.length > 0)
    packages = new Map(result.map((one) => [one.name, one]))
    return result.sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}

/** While a manifest cannot be read, the policy that it held before stays. */
function withPolicy(found: Found, before: Found | undefined): Found {
  return found.policy === undefined && before?.policy !== undefined ? { ...found, policy: before.policy } : found
}

function withVersions(found: Found, settled: Versions): Found {
  const prefix = keyOf(found.name, '')
  const available = [...settled]
    .filter(([key]) => key.startsWith(prefix))
    .map(([, one]) => one)
    .sort((a, b) => byNumber(a.version, b.version))
  return { ...found, available, versions: wantedVersions(available, found.policy ?? NO_MANIFEST.versions) }
}
