/** What the supervisor tells the other processes, made of the table and of what is known of the models; every revision gets a number. */
import type { Clock } from '../../base/clock.ts'
import type { Reconciler } from '../../rollouts/reconcile.ts'
import type { DataPlane } from '../../serving/data-plane.ts'
import type { Revision } from '../../serving/revision.ts'
import type { RevisionPlan, State } from './messages.ts'

export interface ToldOptions {
  readonly dataPlane: Pick<DataPlane, 'table'>
  readonly models: Pick<Reconciler, 'models' | 'versions' | 'whyNot'>
  readonly clock: Clock
  ready(): boolean
  /** How long a revision is remembered that is out of the table: what it answered last is reported later (ms). */
  readonly rememberMs: number
  /** Replicas came or went. */
  changed(): void
}

export class Told {
  readonly #options: ToldOptions
  readonly #ids = new WeakMap<Revision, number>()
  readonly #revisions = new Map<number, Revision>()
  #nextId = 0

  constructor(options: ToldOptions) {
    this.#options = options
  }

  /** One that is in the table, or was not long ago. */
  revision(id: number): Revision | undefined {
    return this.#revisions.get(id)
  }

  /** The revision that has a replica there. */
  at(address: string): Revision | undefined {
    for (const revision of this.#revisions.values()) if (revision.shared?.replicas.quietMs(address) !== undefined) return revision
    return undefined
  }

  state(): State {
    const { dataPlane, models, ready } = this.#options
    const endpoints = [...dataPlane.table.values()].map(({ name, serving, versions }) => ({
      name,
      serving: this.#idOf(serving),
      versions: [...versions].map(([version, revision]) => [version, this.#idOf(revision)] as const),
    }))
    const listed = new Set(endpoints.flatMap(({ versions }) => versions.map(([, id]) => id)))
    this.#forget(listed)
    return {
      ready: ready(),
      endpoints,
      replicas: [...listed].map((id) => replicasOf(id, this.#revisions.get(id) as Revision)),
      models: models.models().map((name) => {
        const whyNot = models.whyNot(name)
        return { name, versions: models.versions(name), ...(whyNot === undefined ? {} : { whyNot }) }
      }),
    }
  }

  plan(id: number): RevisionPlan {
    const { package: pkg, settings, plan, execution, batching, shared } = this.#revisions.get(id) as Revision
    return {
      id,
      package: pkg,
      settings,
      plan,
      execution,
      batching: {
        on: batching.on,
        maxRows: batching.on ? batching.maxRows : 0,
        why: batching.why,
        mixedShapes: shared?.mixedShapes ?? true,
        ragged: shared?.ragged ?? false,
      },
    }
  }

  #idOf(revision: Revision): number {
    const known = this.#ids.get(revision)
    if (known !== undefined) return known
    this.#nextId += 1
    this.#ids.set(revision, this.#nextId)
    this.#revisions.set(this.#nextId, revision)
    revision.shared?.replicas.onChange(() => this.#options.changed())
    return this.#nextId
  }

  #forget(listed: ReadonlySet<number>): void {
    for (const id of this.#revisions.keys()) {
      if (listed.has(id) || this.#leaving.has(id)) continue
      this.#leaving.add(id)
      this.#options.clock.after(this.#options.rememberMs, () => {
        this.#leaving.delete(id)
        this.#revisions.delete(id)
      })
    }
  }

  readonly #leaving = new Set<number>()
}

function replicasOf(id: number, revision: Revision): State['replicas'][number] {
  const broken = revision.broken()
  return { id, addresses: revision.shared?.replicas.addresses ?? [], ...(broken === undefined ? {} : { broken }) }
}
