/** The program of a further HTTP process: connects to the supervisor, listens on the shared port, answers until it is told to stop or the supervisor has gone. */
import { connect } from 'node:net'
import { ServeError } from '@slipway/protocol'
import { Channel } from '../../base/channel.ts'
import { systemClock } from '../../base/clock.ts'
import type { HttpServer, Route } from '../../http/route.ts'
import { createRouter } from '../../http/router.ts'
import { createLogger } from '../../observe/logger.ts'
import { createMetrics } from '../../observe/metrics.ts'
import { createRequestIds } from '../../observe/trace.ts'
import { createAdmission } from '../../serving/admission.ts'
import { createSharedAnswers } from '../../serving/answers/shared.ts'
import { createDataPlane } from '../../serving/data-plane.ts'
import { handleOf, inferenceDialects, listen, pages, replicaLinks, runtimeName } from '../doors.ts'
import { composeValues } from '../values.ts'
import { VERSION } from '../version.ts'
import { AttachedTable } from './attached-table.ts'
import type { Hello, Logged, ProcessFigures, RevisionPlan, State, WhyLost } from './messages.ts'
import { relaying } from './relay.ts'

const REPORT_MS = 250
const NOTHING: State = { ready: false, endpoints: [], replicas: [], models: [] }

class HttpProcess {
  readonly #hello: Hello
  readonly #channel: Channel
  readonly #table: AttachedTable
  readonly #logger
  readonly #values
  readonly #dataPlane
  #state = NOTHING
  #http: HttpServer | undefined
  #stopping = false

  constructor(hello: Hello, channel: Channel) {
    this.#hello = hello
    this.#channel = channel
    const { config } = hello
    this.#logger = createLogger({ level: config.log.level, format: 'json', write: (line) => channel.tell('log', parsed(line)) })
    const registry = createMetrics()
    const clock = systemClock
    this.#values = composeValues({ config, clock, logger: this.#logger, metrics: registry })
    this.#dataPlane = createDataPlane((model) => this.#state.models.find(({ name }) => name === model)?.whyNot, config.defaultModel)
    this.#table = new AttachedTable({
      carrier: replicaLinks(),
      clock,
      logger: this.#logger,
      registry,
      dataPlane: this.#dataPlane,
      graceMs: config.shutdown.graceMs,
      sharedAnswers: this.#values && createSharedAnswers({ values: this.#values, clock, prefix: `slipway:${VERSION}:` }),
      overdue: async (address) => (await channel.ask('overdue', address)) as number,
      whyLost: async (address, requestIds) => lostError((await channel.ask('lost', { address, requestIds })) as WhyLost),
    })
  }

  async start(): Promise<void> {
    const { config, processes, routes, startedAt } = this.#hello
    const models = {
      models: () => this.#state.models.map(({ name }) => name),
      versions: (model: string) => this.#state.models.find(({ name }) => name === model)?.versions ?? [],
    }
    const own: readonly Route[] = [
      ...inferenceDialects({
        config,
        clock: systemClock,
        dataPlane: this.#dataPlane,
        ready: () => this.#state.ready && !this.#stopping,
        server: { version: VERSION, runtime: runtimeName(), startedAt },
        models,
      }).flatMap((group) => group.routes),
      ...(await pages()),
    ]
    const admission = createAdmission({ inFlightBytes: Math.ceil(config.limits.inFlightBytes / processes) })
    const deps = { config, clock: systemClock, logger: this.#logger, admit: admission.enter, nextRequestId: createRequestIds() }
    const handle = handleOf(deps, createRouter(own))
    const relay = relaying({ channel: this.#channel, own, all: routes, bodyLimitBytes: config.limits.bodyBytes, admit: admission.enter })
    this.#http = await listen(relay(handle), { config, clock: systemClock, sharePort: true })
    this.#channel.tell('listening', undefined)
    this.#reportLater()
  }

  told(kind: string, body: unknown): void {
    if (kind === 'revision') this.#table.learn(body as RevisionPlan)
    else if (kind === 'stop') void this.stop(body as number)
  }

  async asked(kind: string, body: unknown): Promise<unknown> {
    if (kind === 'state') {
      this.#state = body as State
      return this.#table.follow(this.#state)
    }
    if (kind === 'quiet') return this.#table.quietMs(body as string)
    if (kind === 'report') return this.#report()
    throw new Error(`unknown question ${kind}`)
  }

  async stop(graceMs: number): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    const endsAt = systemClock.monotonic() + graceMs
    await this.#http?.stop(graceMs)
    await this.#table.close(Math.max(0, endsAt - systemClock.monotonic()))
    await this.#values?.close()
    this.#channel.tell('report', this.#report())
    this.#channel.close()
  }

  #report() {
    return { revisions: this.#table.report(), process: this.#figures() }
  }

  #figures(): ProcessFigures {
    const { user, system } = process.cpuUsage()
    return {
      memoryBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      connections: this.#http?.connections() ?? 0,
      asked: this.#table.asked(),
    }
  }

  #reportLater(): void {
    systemClock.after(REPORT_MS, () => {
      this.#channel.tell('report', this.#report())
      if (!this.#stopping) this.#reportLater()
    })
  }
}

function lostError({ code, message }: WhyLost): ServeError {
  return new ServeError(code, message)
}

function parsed(line: string): Logged {
  const { time: _, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  return { level: level as Logged['level'], fields, sentence: String(msg) }
}

function main(path: string): void {
  let own: HttpProcess | undefined
  const channel = new Channel(connect(path), {
    told: (kind, body) => {
      if (kind !== 'hello') return own?.told(kind, body)
      own = new HttpProcess(body as Hello, channel)
      own.start().catch((error: unknown) => {
        channel.tell('failed', error instanceof Error ? error.message : String(error))
        channel.close()
      })
    },
    asked: async (kind, body) => own?.asked(kind, body),
    // Without the supervisor nobody replaces a replica: nothing is left to answer with.
    closed: () => process.exit(0),
  })
  process.on('SIGTERM', () => void own?.stop(GRACE_BY_SIGNAL_MS))
  // A Ctrl-C on the terminal reaches the whole group; the supervisor decides.
  process.on('SIGINT', () => undefined)
}

const GRACE_BY_SIGNAL_MS = 30_000

main(process.argv[2] as string)
