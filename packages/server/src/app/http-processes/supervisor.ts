/**
 * The further HTTP processes, seen from the one that supervises: keeps as many alive as wanted, tells them what there is, counts what
 * they report, answers for them what only it can, and decides when a run that any of them waits for is too long.
 */
import { join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { backoffMs } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import { atMost } from '../../base/deadline.ts'
import type { Handle } from '../../http/route.ts'
import type { Logger } from '../../observe/logger.ts'
import type { Metrics } from '../../observe/metrics.ts'
import { countNoted } from '../../observe/reported-metrics.ts'
import type { Death } from '../../replicas/replica.ts'
import type { PeerFigures, Peers } from '../../serving/peers.ts'
import { Deaths } from './deaths.ts'
import type { Hello, Lost, Relayed, Report } from './messages.ts'
import { sumOfFigures } from './peer-figures.ts'
import { Process } from './process.ts'
import { followProcesses } from './process-gauges.ts'
import { answerRelayed } from './relay.ts'
import type { Told } from './told.ts'

export interface SupervisorOptions {
  /** All HTTP processes, this one among them. */
  readonly processes: number
  /** The private folder (0700), for the socket of control. */
  readonly folder: string
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** What is known once everything is composed. */
export interface Supervised {
  readonly hello: Omit<Hello, 'number' | 'processes'>
  readonly told: Told
  readonly handle: Handle
}

const RESTART = { firstMs: 200, mostMs: 10_000 }
/** A process that lived this long begins anew with short waits. */
const LIVED_MS = 10_000
/** How long a process may take to answer a question before it is left out. */
const ANSWER_MS = 2000

export class Supervisor implements Peers {
  readonly #options: SupervisorOptions
  readonly #processes = new Map<number, Process>()
  readonly #deaths: Deaths
  #supervised: Supervised | undefined
  #restarts: readonly (() => void)[] = []
  #stopping = false

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#deaths = new Deaths(options.clock)
    followProcesses(options.metrics, () => [...this.#processes.values()], this.#numbers())
  }

  /** How many answer, this one among them. */
  get alive(): number {
    return 1 + [...this.#processes.values()].filter(({ listening }) => listening).length
  }

  /** Resolves once all of them listen; rejects, with none left, when one cannot. */
  async start(supervised: Supervised): Promise<void> {
    this.#supervised = supervised
    await Promise.all(this.#numbers().map((number) => this.#begin(number)))
  }

  /** This process is 1. */
  #numbers(): readonly number[] {
    return Array.from({ length: this.#options.processes - 1 }, (_, index) => index + 2)
  }

  /** Tells all of them what there is now. */
  readonly changed = (): void => void this.settled()

  /** Resolves once all of them answer by what there is now, or have gone, or take too long. */
  readonly settled = async (): Promise<void> => {
    const told = this.#supervised?.told
    if (told === undefined) return
    await this.#each((process) => process.tell(told))
  }

  /** Counts what all of them have seen until now. */
  readonly collect = async (): Promise<void> => {
    await this.#each(async (process) => this.#reported(process, await process.report()))
  }

  readonly quietMs = async (address: string): Promise<number> => {
    const heard: number[] = []
    await this.#each(async (process) => void heard.push(await process.quietMs(address)))
    return Math.min(...heard, Number.POSITIVE_INFINITY)
  }

  readonly figures = (model: string, version: string): PeerFigures => {
    const reported = [...this.#processes.values()].flatMap(({ lastReport }) => lastReport?.revisions ?? [])
    return sumOfFigures(
      reported.filter(({ id }) => {
        const revision = this.#supervised?.told.revision(id)
        return revision?.model === model && revision.version === version
      }),
    )
  }

  readonly died = (death: Death): void => this.#deaths.add(death)

  /** They accept nothing new, answer what is under way, and end; past `graceMs` they are killed. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    for (const cancel of this.#restarts) cancel()
    await Promise.all([...this.#processes.values()].map((process) => process.stop(graceMs)))
  }

  async #each(ask: (process: Process) => Promise<void>): Promise<void> {
    const all = [...this.#processes.values()].filter(({ listening }) => listening)
    await atMost(
      this.#options.clock,
      ANSWER_MS,
      Promise.all(all.map((process) => ask(process).catch(() => undefined))).then(() => undefined),
    )
  }

  async #begin(number: number, attempt = 0): Promise<void> {
    const { folder, clock, logger, processes } = this.#options
    const { hello } = this.#supervised as Supervised
    const startedAt = clock.monotonic()
    const process = new Process({
      address: join(folder, `http${number}-${attempt}-${Math.round(startedAt)}.sock`),
      hello: { ...hello, number, processes },
      told: (this.#supervised as Supervised).told,
      clock,
      onLine: (line) => logger.info({ process: number, line }, 'an HTTP process printed a line'),
      onReport: (report) => this.#reported(process, report),
      onLog: ({ level, fields, sentence }) => logger[level]({ ...fields, process: number }, sentence),
      asked: (kind, body) => this.#asked(kind, body),
    })
    this.#processes.set(number, process)
    void process.ended.then((why) => {
      this.#processes.delete(number)
      if (this.#stopping || !process.wasReady) return
      const next = clock.monotonic() - startedAt > LIVED_MS ? 0 : attempt + 1
      logger.warn({ event: 'http-process-died', process: number, pid: process.pid, why }, 'an HTTP process ended; it is being replaced')
      this.#again(number, next)
    })
    await process.start()
    logger.debug({ process: number, pid: process.pid }, 'an HTTP process listens')
  }

  #again(number: number, attempt: number): void {
    const cancel = this.#options.clock.after(backoffMs(RESTART, attempt), () => {
      this.#restarts = this.#restarts.filter((other) => other !== cancel)
      if (this.#stopping) return
      this.#begin(number, attempt).catch((error: unknown) => {
        this.#options.logger.error({ process: number, error }, 'an HTTP process could not be started again')
        if (!this.#stopping) this.#again(number, attempt + 1)
      })
    })
    this.#restarts = [...this.#restarts, cancel]
  }

  #reported(process: Process, report: Report): void {
    process.lastReport = report
    for (const { id, noted } of report.revisions) {
      const revision = this.#supervised?.told.revision(id)
      if (revision !== undefined) countNoted(revision, noted)
    }
    process.refresh()
  }

  async #asked(kind: string, body: unknown): Promise<unknown> {
    if (kind === 'relay') return answerRelayed((this.#supervised as Supervised).handle, body as Relayed)
    if (kind === 'overdue') return this.#overdue(body as string)
    if (kind === 'lost') return this.#lost(body as Lost)
    throw new ServeError('INTERNAL', `unknown question ${kind}`)
  }

  /** Kills the replica when nobody was answered by it for longer than a run may take; the answer is how long ago it was heard of. */
  async #overdue(address: string): Promise<number> {
    const revision = this.#supervised?.told.at(address)
    const own = revision?.shared?.replicas.quietMs(address)
    if (revision === undefined || own === undefined) return 0
    const quietMs = Math.min(own, await this.quietMs(address))
    if (quietMs >= revision.settings.limits.runMs) revision.shared?.replicas.cutAt(address)
    return quietMs
  }

  async #lost({ address, requestIds }: Lost) {
    const why = await this.#deaths.why(address)
    this.#options.logger.warn(
      { event: 'replica-died', lost: requestIds, returned: 0 },
      'the replica that died had a frame of another HTTP process on it',
    )
    return why
  }
}
