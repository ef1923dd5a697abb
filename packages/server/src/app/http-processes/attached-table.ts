/** The revisions of a process that only answers HTTP, and the table made of them; in line with what the supervisor tells. */
import type { DataPlane, Endpoint } from '../../serving/data-plane.ts'
import { type AttachDeps, type Attached, attach } from './attach.ts'
import type { Report, RevisionPlan, State } from './messages.ts'

export interface AttachedTableOptions extends AttachDeps {
  readonly dataPlane: Pick<DataPlane, 'apply'>
  readonly graceMs: number
}

export class AttachedTable {
  readonly #options: AttachedTableOptions
  readonly #plans = new Map<number, RevisionPlan>()
  readonly #attached = new Map<number, Attached>()
  /** Revisions that are out of the table and answer what is left. */
  readonly #leaving = new Map<number, { readonly attached: Attached; readonly left: Promise<void> }>()
  /** Those of them that are done and need only be reported once more. */
  readonly #left = new Set<number>()
  /** Requests that came to revisions which are gone. */
  #askedBefore = 0
  #lane: Promise<void> = Promise.resolve()

  constructor(options: AttachedTableOptions) {
    this.#options = options
  }

  /** Keeps what a coming state refers to. */
  learn(plan: RevisionPlan): void {
    this.#plans.set(plan.id, plan)
  }

  /** Resolves once the table is this one. States are taken over in the order told. */
  follow(state: State): Promise<void> {
    const turn = this.#lane.then(() => this.#follow(state))
    this.#lane = turn.catch(() => undefined)
    return turn
  }

  /** How long ago (ms) the replica there last answered this process. */
  quietMs(address: string): number {
    return Math.min(...this.#all().map(([, { links }]) => links.quietMs(address) ?? Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY)
  }

  report(): Report['revisions'] {
    const report = this.#all().map(([id, attached]) => ({ id, ...attached.take() }))
    for (const id of this.#left) {
      this.#askedBefore += this.#leaving.get(id)?.attached.revision.asked() ?? 0
      this.#leaving.delete(id)
    }
    this.#left.clear()
    return report
  }

  /** Requests that came to this process. */
  asked(): number {
    return this.#all().reduce((sum, [, { revision }]) => sum + revision.asked(), this.#askedBefore)
  }

  #all(): readonly (readonly [number, Attached])[] {
    return [...this.#attached, ...[...this.#leaving].map(([id, { attached }]) => [id, attached] as const)]
  }

  /** Everything that was let in is answered, or `graceMs` are over. */
  async close(graceMs: number): Promise<void> {
    await this.#lane
    this.#options.dataPlane.apply(new Map())
    await Promise.all([
      ...[...this.#attached.values()].map((attached) => attached.detach(graceMs)),
      ...[...this.#leaving.values()].map(({ left }) => left),
    ])
  }

  async #follow({ endpoints, replicas }: State): Promise<void> {
    const wanted = new Set(endpoints.flatMap(({ versions }) => versions.map(([, id]) => id)))
    await Promise.all(replicas.filter(({ id }) => wanted.has(id)).map((one) => this.#reach(one)))
    this.#options.dataPlane.apply(new Map(endpoints.flatMap((endpoint) => this.#endpoint(endpoint))))
    for (const [id, attached] of this.#attached) if (!wanted.has(id)) this.#leave(id, attached)
  }

  async #reach(replicas: State['replicas'][number]): Promise<void> {
    const { id } = replicas
    const known = this.#attached.get(id)
    if (known !== undefined) return known.follow(replicas)
    const plan = this.#plans.get(id)
    if (plan !== undefined) this.#attached.set(id, await attach(plan, replicas, this.#options))
  }

  #endpoint({ name, serving, versions }: State['endpoints'][number]): readonly (readonly [string, Endpoint])[] {
    const revisions = versions.flatMap(([version, id]) => {
      const attached = this.#attached.get(id)
      return attached === undefined ? [] : [[version, attached.revision] as const]
    })
    const answers = this.#attached.get(serving)
    return answers === undefined ? [] : [[name, { name, serving: answers.revision, versions: new Map(revisions) }]]
  }

  #leave(id: number, attached: Attached): void {
    this.#attached.delete(id)
    this.#plans.delete(id)
    const left = attached.detach(this.#options.graceMs).then(() => void this.#left.add(id))
    this.#leaving.set(id, { attached, left })
  }
}
