/**
 * Settles what `auto` means for each model: what an earlier start measured, or else a measurement aside once the server
 * has been quiet for a while, one model after the other. A plan that is clearly better takes the place of the one the
 * model serves with. A request for any model ends a measurement under way, which is tried again later, and given up after some tries.
 */
import type { Clock } from '../base/clock.ts'
import type { Cpu } from '../base/cpu.ts'
import type { Machine } from '../base/machine.ts'
import type { ModelPackage } from '../models/package.ts'
import type { ModelSettings } from '../models/settings.ts'
import type { Logger } from '../observe/logger.ts'
import type { RouteTable } from '../serving/data-plane.ts'
import { type Plan, type Shape, sameShape } from '../serving/plan.ts'
import type { Measurable } from '../serving/planning/aside.ts'
import { type Measurement, TooSlow } from '../serving/planning/measure.ts'
import type { PlanKey, PlanStore } from '../serving/planning/plan-store.ts'
import type { Revision } from '../serving/revision.ts'

export interface PlannerDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly machine: Machine
  readonly cpu: Cpu
  /** The engine with its version: another one may be quicker at other things. */
  readonly engine: string
  readonly httpProcesses: number
  readonly store: PlanStore
  readonly dataPlane: { readonly table: RouteTable }
  measure(revision: Measurable, signal: AbortSignal): Promise<Measurement | undefined>
}

/** How long nobody may have asked anything before a measurement begins. */
const QUIET_MS = 1500
/** Waits before each try; after the last one the model keeps what it has. */
const WAITS_MS = [500, 5_000, 15_000, 60_000, 300_000, 900_000] as const
/** How soon a measurement makes room for a request that came. */
const LOOK_MS = 10

/** A request came, so the cores are its. */
class Disturbed extends Error {}

export class Planner {
  readonly #deps: PlannerDeps
  readonly #stopping = new AbortController()
  /** Measurements take turns: side by side they would measure each other. */
  #last: Promise<unknown> = Promise.resolve()
  readonly #waiting = new Set<Promise<void>>()

  constructor(deps: PlannerDeps) {
    this.#deps = deps
  }

  /** What was measured for this package, on this machine and under these settings, by an earlier start. */
  async recall(pkg: ModelPackage, settings: ModelSettings): Promise<Plan | undefined> {
    return pkg.python === undefined && isOpen(settings) ? this.#deps.store.recall(this.#keyOf(pkg, settings)) : undefined
  }

  /** Measures a model that has just begun to answer on the CPU, in its turn and when it is quiet; unless its plan has been measured. */
  loaded(revision: Revision): void {
    if (
      revision.plan.curve !== undefined ||
      revision.package.python !== undefined ||
      revision.execution.provider !== 'cpu' ||
      !isOpen(revision.settings) ||
      this.#stopping.signal.aborted
    )
      return
    const settled = this.#settle(revision).finally(() => this.#waiting.delete(settled))
    this.#waiting.add(settled)
  }

  /** Ends what is being measured; resolves once no worker of it is left. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#waiting)
  }

  async #settle(revision: Revision): Promise<void> {
    const about = { model: revision.model, version: revision.version }
    for (const wait of WAITS_MS) {
      try {
        await this.#deps.clock.sleep(wait, this.#stopping.signal)
        const turn = this.#last.then(() => this.#try(revision))
        this.#last = turn.catch(() => undefined)
        if (await turn) return
      } catch (error) {
        if (this.#stopping.signal.aborted || !this.#serves(revision)) return
        if (error instanceof TooSlow)
          this.#deps.logger.info(
            about,
            `${revision.model}: ${name(revision.plan)} stays, since ${error.message}; "slipway tune" takes its time`,
          )
        else this.#deps.logger.warn({ ...about, error }, 'what plan is best could not be measured; the model goes on with the one it has')
        return
      }
    }
    this.#deps.logger.info(about, `${revision.model}: ${name(revision.plan)} stays unmeasured, since the server was never quiet`)
  }

  /** True when there is nothing left to do. */
  async #try(revision: Revision): Promise<boolean> {
    const { clock, logger, store } = this.#deps
    const quietAt = this.#asked()
    await clock.sleep(QUIET_MS, this.#stopping.signal)
    if (!this.#serves(revision)) return true
    if (this.#asked() !== quietAt || !this.#idle()) return false
    try {
      const measurement = await this.#undisturbed((signal) => this.#deps.measure(revision, signal))
      if (measurement === undefined) {
        logger.info(
          { model: revision.model },
          `${revision.model}: ${name(revision.plan)} stays unmeasured: the memory that is free holds no second set of replicas`,
        )
        return true
      }
      logger.debug({ model: revision.model, measured: measurement.measured }, 'plans were measured')
      await this.#take(revision, measurement)
      await store.keep(this.#keyOf(revision.package, revision.settings), revision.plan)
      return true
    } catch (error) {
      if (error instanceof Disturbed) return false
      throw error
    }
  }

  async #take(revision: Revision, measurement: Measurement): Promise<void> {
    const { model, plan: before } = revision
    const plan = planOf(measurement, before)
    await revision.replan(plan)
    const { replicas, threads, spinning } = plan
    this.#deps.logger.info(
      { event: 'planned', model, version: revision.version, replicas, threads, spinning },
      `${model}: ${name(plan)}, ${plan.why}`,
    )
  }

  async #undisturbed<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock } = this.#deps
    const disturbed = new AbortController()
    const asked = this.#asked()
    let cancel: () => void = () => undefined
    const look = () => {
      cancel = clock.after(LOOK_MS, () => (this.#asked() === asked ? look() : disturbed.abort(new Disturbed())))
    }
    look()
    try {
      return await work(AbortSignal.any([disturbed.signal, this.#stopping.signal]))
    } catch (error) {
      throw disturbed.signal.aborted ? disturbed.signal.reason : error
    } finally {
      cancel()
    }
  }

  #revisions(): readonly Revision[] {
    return [...this.#deps.dataPlane.table.values()].flatMap(({ versions }) => [...versions.values()])
  }

  #asked(): number {
    return this.#revisions().reduce((sum, revision) => sum + revision.asked(), 0)
  }

  #idle(): boolean {
    return this.#revisions().every((revision) => revision.idle())
  }

  #serves(revision: Revision): boolean {
    return this.#deps.dataPlane.table.get(revision.model)?.versions.get(revision.version) === revision
  }

  #keyOf(pkg: ModelPackage, { replicas, batching, limits, targetP99Ms }: ModelSettings): PlanKey {
    const { machine, cpu, engine, httpProcesses } = this.#deps
    return {
      digest: pkg.digest,
      cpu: cpu.model,
      cores: cpu.cores,
      cpus: machine.cpus,
      engine,
      httpProcesses,
      count: replicas.count,
      threads: replicas.threads,
      maxRows: batching.maxRows,
      memoryBytes: limits.memoryBytes,
      targetP99Ms: targetP99Ms ?? null,
    }
  }
}

/** Whether anything is left to be settled. Inside the server's own process there is nothing to choose. */
const isOpen = ({ replicas }: ModelSettings): boolean =>
  replicas.measure && replicas.isolation === 'process' && (replicas.count === 'auto' || replicas.threads === 'auto')

const plural = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`

function name({ replicas, threads, spinning }: Shape): string {
  return `${plural(replicas, 'replica')} × ${plural(threads, 'thread')}${spinning && threads > 1 ? ' that spin' : ''}`
}

function planOf({ chosen, gain, curve, measured, spentMs }: Measurement, before: Shape): Plan {
  const seconds = `measured in ${(spentMs / 1000).toFixed(1)} s`
  const why = sameShape(chosen, before)
    ? `the best of ${plural(measured.length, 'plan')} (${seconds})`
    : `${gain.toFixed(1)} × the throughput of ${before.replicas} × ${before.threads} (${seconds})`
  const { replicas, threads, spinning } = chosen
  return { replicas, threads, spinning, why, curve }
}
