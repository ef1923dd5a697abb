/**
 * What should be loaded: what is on disk, and what was added from elsewhere, without what was turned off. The reconciler
 * brings the server in line with it. A model that was turned off stays so until it is loaded or its files change.
 */
import { quoted, ServeError } from '@slipway/protocol'
import { type Found, findPackages } from '../models/repository.ts'
import type { Logger } from '../observe/logger.ts'
import type { ModelControl, ModelIndexEntry } from '../serving/control.ts'
import type { RouteTable } from '../serving/data-plane.ts'
import type { Reconciler } from './reconcile.ts'

export interface Control extends ModelControl {
  /** Takes over what a look at the disk found; resolves when everything that should be loaded was opened or refused. */
  saw(found: readonly Found[]): Promise<void>
}

export interface ControlDeps {
  readonly reconciler: Pick<Reconciler, 'apply' | 'applyOne' | 'versions' | 'forgive' | 'closed' | 'isClosing'>
  readonly dataPlane: { readonly table: RouteTable }
  /** Looks at the disk now. */
  readonly look: () => Promise<readonly Found[]>
  readonly logger: Logger
}

/** Tells apart what the files of a package were. */
const stampOf = ({ available }: Found): string =>
  JSON.stringify(available.map(({ version, modelPath, fingerprint }) => [version, modelPath, fingerprint]))

type Packages = ReadonlyMap<string, Found>
const byName = (found: readonly Found[]): Packages => new Map(found.map((one) => [one.name, one]))

export function createControl(deps: ControlDeps): Control {
  const { reconciler, logger } = deps
  let disk: Packages = new Map()
  const added = new Map<string, Found>()
  /** What the files were when the model was turned off. */
  const off = new Map<string, string>()

  const known = (): Packages => new Map([...disk, ...added])
  const forgetChanged = () => {
    for (const [name, stamp] of off) {
      const found = known().get(name)
      if (found === undefined || stampOf(found) !== stamp) off.delete(name)
    }
  }

  return {
    saw: (found) => {
      disk = byName(found)
      forgetChanged()
      return reconciler.apply([...known().values()].filter(({ name }) => !off.has(name)).sort(inOrder))
    },
    index: () => [...known().values()].sort(inOrder).flatMap((found) => entriesOf(deps, found, off.has(found.name))),
    load: async (name, folder) => {
      const elsewhere = folder ?? added.get(name)?.folder
      const found = elsewhere === undefined ? await lookFor(deps, name) : await packageIn(elsewhere, name)
      if (elsewhere === undefined) disk = new Map([...disk, [name, found]])
      else {
        refuseTaken(known().get(name), found)
        added.set(name, found)
      }
      off.delete(name)
      reconciler.forgive(name)
      await reconciler.applyOne(name, found)
      refuseFailed(deps, name)
    },
    unload: async (name) => {
      const found = known().get(name)
      if (found === undefined)
        throw new ServeError('NOT_FOUND', `there is no model ${quoted(name)} to unload; the repository index lists those there are`)
      if (added.delete(name)) off.delete(name)
      else off.set(name, stampOf(found))
      logger.info({ model: name }, 'a model is being unloaded, as was asked')
      await reconciler.applyOne(name, undefined)
      await reconciler.closed(name)
    },
  }
}

const inOrder = (a: Found, b: Found) => (a.name < b.name ? -1 : 1)

function entriesOf({ reconciler }: ControlDeps, found: Found, isOff: boolean): readonly ModelIndexEntry[] {
  const { name, versions, warnings } = found
  if (versions.length === 0) return [{ name, state: 'failed', reason: warnings.join('; ') || 'it has no version to load' }]
  if (isOff) {
    const state = reconciler.isClosing(name) ? 'draining' : 'unloaded'
    return versions.map(({ version }) => ({ name, version, state, reason: 'unloaded' }))
  }
  const entries = reconciler
    .versions(name)
    .map(({ version, state, reason }): ModelIndexEntry => ({ name, version, state, ...(reason === undefined ? {} : { reason }) }))
  return entries.length > 0 ? entries.reverse() : versions.map(({ version }) => ({ name, version, state: 'loading' }))
}

/** The model as the disk has it now. */
async function lookFor({ look, logger }: ControlDeps, name: string): Promise<Found> {
  const found = await look().catch((error: unknown) => {
    if (error instanceof ServeError && error.code === 'NOT_FOUND') return []
    logger.error({ model: name, error }, 'the model folders could not be looked at')
    throw new ServeError('UNAVAILABLE', 'the model folders could not be looked at; the server log has the reason', { cause: error })
  })
  const one = found.find((candidate) => candidate.name === name)
  if (one !== undefined) return one
  throw new ServeError('NOT_FOUND', `failed to load ${quoted(name)}: the served folders hold no model of that name`)
}

async function packageIn(folder: string, name: string): Promise<Found> {
  const found = await findPackages([folder]).catch((cause: unknown) => {
    throw new ServeError('NOT_FOUND', `failed to load ${quoted(name)}: there is no model in the folder that was named`, { cause })
  })
  const [only] = found
  if (only !== undefined && found.length === 1) return { ...only, name, byApi: true }
  throw new ServeError('INVALID_ARGUMENT', `failed to load ${quoted(name)}: the folder holds ${found.length} models; name one package`)
}

function refuseTaken(before: Found | undefined, found: Found): void {
  if (before === undefined || before.folder === found.folder) return
  throw new ServeError(
    'ALREADY_EXISTS',
    `the name ${quoted(found.name)} belongs to another package; unload that one first, or choose another name`,
  )
}

/** A version that does not open is an error to who asked for it, though an older one may go on answering. */
function refuseFailed({ reconciler, dataPlane }: ControlDeps, name: string): void {
  const failed = reconciler.versions(name).find(({ reason }) => reason !== undefined)
  if (failed !== undefined)
    throw new ServeError('INVALID_ARGUMENT', `failed to load ${quoted(name)}: version ${failed.version}: ${failed.reason}`)
  if (!dataPlane.table.has(name))
    throw new ServeError('UNAVAILABLE', `model ${quoted(name)} was not loaded: it was unloaded meanwhile, or the server is stopping`)
}
