/**
 * Brings what is loaded in line with what is on disk, each model by itself: a new or changed version is opened in new
 * replicas and warmed up, then the table is swapped, then the old revision drains and closes. Whatever fails to open
 * leaves the table as it was, and its reason where the API shows it; it is tried again when its files change.
 */
import { ServeError, type VersionInfo } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { createTurns } from '../base/turns.ts'
import type { Config } from '../config/schema.ts'
import type { Environments } from '../environments/environments.ts'
import { byNumber } from '../models/layout.ts'
import { closePackage, type ModelPackage, openPackage } from '../models/package.ts'
import type { Found, FoundVersion } from '../models/repository.ts'
import { settingsFor } from '../models/settings.ts'
import type { Logger } from '../observe/logger.ts'
import type { DataPlane, Endpoint } from '../serving/data-plane.ts'
import { openRevision, type Revision, type RevisionDeps } from '../serving/revision.ts'
import { Lanes } from './lanes.ts'
import type { Planner } from './planner.ts'

interface Loaded {
  readonly fingerprint: string
  readonly revision: Revision
  readonly loadedAt: string
}

interface Refused {
  readonly fingerprint: string
  readonly reason: string
}

/** What is known of one model, its versions by number. */
interface Known {
  readonly loaded: Map<string, Loaded>
  readonly refused: Map<string, Refused>
  /** What is being done of each, once there is more to say than that. */
  readonly loading: Map<string, string | undefined>
  readonly draining: Set<Revision>
}

export interface ReconcileDeps extends RevisionDeps {
  readonly config: Config
  readonly dataPlane: DataPlane
  /** Where private copies of packages are made. */
  readonly privateFolder: string
  readonly logger: Logger
  readonly clock: Clock
  /** Where those of Python models are built. */
  readonly environments: Environments
  /** Settles how many replicas and threads a model gets where that is left open; what `planFor` says holds when absent. */
  readonly planner?: Pick<Planner, 'recall' | 'loaded' | 'stop'>
}

/** Versions opened side by side: opening takes a core each. */
const OPEN_AT_ONCE = 2

export class Reconciler {
  readonly #deps: ReconcileDeps
  readonly #known = new Map<string, Known>()
  /** What is being closed, with its model's name. */
  readonly #closing = new Map<Promise<void>, string>()
  /** The newest picture, by the models' names. */
  #wanted: ReadonlyMap<string, Found> = new Map()
  /** Models wait for themselves only: a slow one keeps no other from being opened or closed. */
  readonly #lanes = new Lanes((name) => this.#align(name))
  readonly #opening = createTurns(OPEN_AT_ONCE)
  readonly #stopping = new AbortController()

  constructor(deps: ReconcileDeps) {
    this.#deps = deps
  }

  /** Takes over a new picture of the disk; resolves when everything in it was opened or refused. */
  async apply(wanted: readonly Found[]): Promise<void> {
    this.#wanted = new Map(wanted.map((found) => [found.name, found]))
    const names = new Set([...this.#wanted.keys(), ...this.#known.keys()])
    await Promise.all([...names].map((name) => this.#lanes.run(name)))
  }

  /** The same for one model: does not wait for others. */
  async applyOne(name: string, found: Found | undefined): Promise<void> {
    const wanted = new Map(this.#wanted)
    if (found === undefined) wanted.delete(name)
    else wanted.set(name, found)
    this.#wanted = wanted
    await this.#lanes.run(name)
  }

  /** What a model was refused for is tried again at the next `apply`, though its files are the same. */
  forgive(model: string): void {
    this.#known.get(model)?.refused.clear()
  }

  /** True while a revision of the model still answers what was asked of it before it was taken out. */
  isClosing(model: string): boolean {
    return [...this.#closing.values()].includes(model)
  }

  /** Resolves once every revision of the model that was taken out is gone, with its replicas. */
  async closed(model: string): Promise<void> {
    await Promise.all([...this.#closing].filter(([, name]) => name === model).map(([closing]) => closing))
  }

  /** Every version with its state, for the API; the newest first. */
  versions(model: string): readonly VersionInfo[] {
    const known = this.#known.get(model)
    if (known === undefined) return []
    const infos = new Map<string, VersionInfo>()
    for (const revision of known.draining)
      infos.set(revision.version, { version: revision.version, state: 'draining', digest: revision.package.digest })
    for (const [version, { revision, loadedAt }] of known.loaded) {
      const broken = revision.broken()
      const info: VersionInfo = { version, state: broken === undefined ? 'ready' : 'failed', digest: revision.package.digest, loadedAt }
      const reason = broken ?? known.refused.get(version)?.reason
      infos.set(version, reason === undefined ? info : { ...info, reason })
    }
    for (const [version, doing] of known.loading)
      if (!infos.has(version)) infos.set(version, { version, state: 'loading', digest: '', ...(doing === undefined ? {} : { doing }) })
    for (const [version, { reason }] of known.refused)
      if (!infos.has(version)) infos.set(version, { version, state: 'failed', digest: '', reason })
    return [...infos.values()].sort((a, b) => byNumber(b.version, a.version))
  }

  /** Names of all models known, also of those of which nothing could be loaded. */
  models(): readonly string[] {
    return [...this.#known.keys()]
  }

  /** Why a model that is known does not answer: it is being loaded, or none of its versions opened. */
  whyNot(model: string): string | undefined {
    const known = this.#known.get(model)
    if (known === undefined || known.loaded.size > 0) return undefined
    const [newest] = this.versions(model)
    if (newest === undefined || newest.state === 'loading')
      return `is being loaded${newest?.doing === undefined ? '' : ` (${newest.doing})`}; try again in a moment`
    return `could not be loaded: version ${newest.version}: ${newest.reason}`
  }

  /** Opens nothing more, and gives up what is being opened; what is loaded goes on. */
  cancel(): void {
    this.#stopping.abort()
  }

  /** Takes every model out of the table and waits until what was asked of them is answered; after `graceMs` it is cut. */
  async stop(graceMs: number): Promise<void> {
    this.cancel()
    await Promise.all([this.#lanes.idle(), this.#deps.planner?.stop()])
    this.#deps.dataPlane.apply(new Map())
    const revisions = [...this.#known.values()].flatMap(({ loaded }) => [...loaded.values()].map(({ revision }) => revision))
    await Promise.all([...revisions.map((revision) => revision.close(graceMs)), ...this.#closing.keys()])
  }

  /** Brings one model in line with the newest picture. */
  async #align(name: string): Promise<void> {
    if (this.#stopping.signal.aborted) return
    const found = this.#wanted.get(name)
    if (found === undefined) return this.#forget(name)
    const known = this.#knownOf(name)
    for (const wanted of found.versions) {
      if (known.loaded.get(wanted.version)?.fingerprint === wanted.fingerprint) continue
      if (known.refused.get(wanted.version)?.fingerprint === wanted.fingerprint) continue
      await this.#open(found, wanted, known)
      // A newer picture is waiting for this lane.
      if (this.#wanted.get(name) !== found) return
    }
    await this.#fallBack(found, known)
    this.#dropUnwanted(found, known)
  }

  #forget(name: string): void {
    const known = this.#known.get(name)
    if (known === undefined) return
    this.#known.delete(name)
    this.#publish(name, undefined)
    for (const { revision } of known.loaded.values()) this.#retire(revision, known)
    this.#deps.logger.info({ model: name }, 'model unloaded')
  }

  /** When none of the newest versions opens, the newest older one that does answers in their place. */
  async #fallBack(found: Found, known: Known): Promise<void> {
    if (found.policy?.kind !== 'latest') return
    for (const older of found.available.toReversed()) {
      if (known.loaded.size > 0) return
      if (known.refused.get(older.version)?.fingerprint !== older.fingerprint) await this.#open(found, older, known)
    }
  }

  #open(found: Found, wanted: FoundVersion, known: Known): Promise<void> {
    return this.#opening(() => this.#openNow(found, wanted, known))
  }

  async #openNow(found: Found, wanted: FoundVersion, known: Known): Promise<void> {
    if (this.#stopping.signal.aborted) return
    const { config, logger, clock, privateFolder } = this.#deps
    const about = { model: found.name, version: wanted.version }
    const startedAt = clock.monotonic()
    known.loading.set(wanted.version, undefined)
    const onProgress = (doing: string) => {
      known.loading.set(wanted.version, doing)
      logger.info(about, doing)
    }
    const python = { environments: this.#deps.environments, onProgress, signal: this.#stopping.signal }
    try {
      const revision = await this.#openRevision(await openPackage(found, wanted, { privateFolder, python }), config)
      const before = known.loaded.get(wanted.version)
      known.refused.delete(wanted.version)
      known.loaded.set(wanted.version, { fingerprint: wanted.fingerprint, revision, loadedAt: new Date(clock.now()).toISOString() })
      this.#publish(found.name, known)
      if (before !== undefined) this.#retire(before.revision, known)
      this.#deps.planner?.loaded(revision)
      for (const warning of revision.package.warnings) logger.warn(about, warning)
      logger.info({ ...about, digest: revision.package.digest, ms: Math.round(clock.monotonic() - startedAt) }, 'model loaded')
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      const reason = error instanceof ServeError ? error.message : 'the package could not be opened; the server log has the reason'
      known.refused.set(wanted.version, { fingerprint: wanted.fingerprint, reason })
      logger.error(error instanceof ServeError && error.cause === undefined ? about : { ...about, error }, `model not loaded: ${reason}`)
    } finally {
      known.loading.delete(wanted.version)
    }
  }

  async #openRevision(pkg: ModelPackage, config: Config): Promise<Revision> {
    const settings = settingsFor(config, pkg.manifest)
    const deps = { ...this.#deps, signal: this.#stopping.signal }
    try {
      const plan = await deps.planner?.recall(pkg, settings)
      return await openRevision(pkg, settings, { ...deps, plan }).catch((error: unknown) => {
        // What fitted into the machine once may not fit now: the model is still served.
        if (plan === undefined || deps.signal.aborted) throw error
        return openRevision(pkg, settings, deps)
      })
    } catch (error) {
      await closePackage(pkg)
      throw error
    }
  }

  /** Versions that are no longer wanted go, but never the last one that answers. */
  #dropUnwanted(found: Found, known: Known): void {
    const wanted = new Set(found.versions.map(({ version }) => version))
    for (const version of known.refused.keys()) if (!wanted.has(version)) known.refused.delete(version)
    const keep = [...known.loaded.keys()].filter((version) => wanted.has(version))
    if (keep.length === 0) return
    const dropped = [...known.loaded].filter(([version]) => !wanted.has(version))
    for (const [version] of dropped) known.loaded.delete(version)
    if (dropped.length > 0) this.#publish(found.name, known)
    for (const [, { revision }] of dropped) this.#retire(revision, known)
  }

  #publish(name: string, known: Known | undefined): void {
    const table = new Map(this.#deps.dataPlane.table)
    const versions = new Map(
      [...(known?.loaded ?? [])].sort(([a], [b]) => byNumber(a, b)).map(([version, { revision }]) => [version, revision]),
    )
    const serving = [...versions.values()].at(-1)
    if (serving === undefined) table.delete(name)
    else table.set(name, { name, serving, versions } satisfies Endpoint)
    this.#deps.dataPlane.apply(table)
  }

  #retire(revision: Revision, known: Known): void {
    known.draining.add(revision)
    const closing = revision
      .close(this.#deps.config.shutdown.graceMs)
      .then(() => closePackage(revision.package))
      .catch((error: unknown) =>
        this.#deps.logger.error({ model: revision.model, version: revision.version, error }, 'an old revision did not close cleanly'),
      )
      .finally(() => {
        known.draining.delete(revision)
        this.#closing.delete(closing)
      })
    this.#closing.set(closing, revision.model)
  }

  #knownOf(name: string): Known {
    const known = this.#known.get(name) ?? { loaded: new Map(), refused: new Map(), loading: new Map(), draining: new Set() }
    this.#known.set(name, known)
    return known
  }
}
