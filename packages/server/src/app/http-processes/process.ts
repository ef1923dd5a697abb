/** One further HTTP process from spawn to end: its program, its channel, what it was told last. */
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { ServeError } from '@slipway/protocol'
import { Channel } from '../../base/channel.ts'
import type { Clock } from '../../base/clock.ts'
import { type Child, spawnChild } from '../../base/process.ts'
import type { Hello, Logged, Report } from './messages.ts'
import type { Told } from './told.ts'

export interface ProcessOptions {
  /** The socket of its channel, in a folder that nobody else may open. */
  readonly address: string
  readonly hello: Hello
  readonly told: Told
  readonly clock: Clock
  onLine(line: string): void
  onReport(report: Report): void
  onLog(logged: Logged): void
  asked(kind: string, body: unknown): Promise<unknown>
}

/** How long it may take to come up. */
const START_MS = 30_000

export class Process {
  readonly #options: ProcessOptions
  readonly #ready = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<string>()
  /** Revisions that it knows. */
  readonly #known = new Set<number>()
  #channel: Channel | undefined
  #child: Child | undefined
  #last = ''
  lastReport: Report | undefined
  listening = false
  /** It listened once, so that it is worth replacing. */
  wasReady = false

  constructor(options: ProcessOptions) {
    this.#options = options
  }

  get number(): number {
    return this.#options.hello.number
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resolves with how it ended; never rejects. */
  get ended(): Promise<string> {
    return this.#ended.promise
  }

  /** Resolves once it listens and knows the table. Rejects, with the process ended, when it cannot. */
  async start(): Promise<void> {
    const { address, clock, onLine } = this.#options
    const server = createServer((socket) => this.#connected(socket, server))
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(address, resolve))
    const [program, ...args] = programCommand()
    const child = await spawnChild({ command: program, args: [...args, address], env: {}, onLine })
    this.#child = child
    const cancel = clock.after(START_MS, () => child.kill('SIGKILL'))
    void child.exited.then(({ code, signal }) => {
      this.listening = false
      server.close()
      void rm(address, { force: true })
      const why = signal === null ? `exit code ${code}` : signal
      this.#ready.reject(new ServeError('UNAVAILABLE', `a further HTTP process did not start (${why})`))
      this.#ended.resolve(why)
    })
    try {
      await this.#ready.promise
    } catch (error) {
      child.kill('SIGKILL')
      await child.exited
      throw error
    } finally {
      cancel()
    }
  }

  /** Resolves once it answers by what there is now. */
  async tell(told: Told): Promise<void> {
    const state = told.state()
    const text = JSON.stringify(state)
    for (const { id } of state.replicas) {
      if (this.#known.has(id)) continue
      this.#known.add(id)
      this.#channel?.tell('revision', told.plan(id))
    }
    this.#last = text
    await this.#channel?.ask('state', state)
  }

  /** Tells it what there is now, if that has changed. */
  refresh(): void {
    const { told } = this.#options
    if (this.listening && JSON.stringify(told.state()) !== this.#last) this.tell(told).catch(() => undefined)
  }

  async report(): Promise<Report> {
    return (await this.#channel?.ask('report', undefined)) as Report
  }

  async quietMs(address: string): Promise<number> {
    return (await this.#channel?.ask('quiet', address)) as number
  }

  async stop(graceMs: number): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#channel?.tell('stop', graceMs)
    // It ends by itself when its grace is over; killed is one that does not.
    const cancel = this.#options.clock.after(graceMs + LINGER_MS, () => child.kill('SIGKILL'))
    await child.exited
    cancel()
  }

  #connected(socket: ConstructorParameters<typeof Channel>[0], server: Server): void {
    server.close()
    const { hello, onLog, onReport, asked, told } = this.#options
    this.#channel = new Channel(socket, {
      asked,
      told: (kind, body) => {
        if (kind === 'log') onLog(body as Logged)
        else if (kind === 'report') onReport(body as Report)
        else if (kind === 'failed') this.#ready.reject(new ServeError('UNAVAILABLE', `a further HTTP process cannot listen: ${body}`))
        else if (kind === 'listening') {
          this.listening = true
          this.wasReady = true
          this.tell(told).then(this.#ready.resolve, this.#ready.reject)
        }
      },
      closed: () => {
        this.listening = false
      },
    })
    this.#channel.tell('hello', hello)
  }
}

const LINGER_MS = 1000

function programCommand(): readonly [string, ...string[]] {
  const script = import.meta.url.endsWith('.ts') ? './program.ts' : './program.js'
  // The bounds on memory that the first process was started with hold for the others.
  const flags = process.versions.bun === undefined ? ['--disable-warning=ExperimentalWarning', ...process.execArgv] : []
  return [process.execPath, ...new Set(flags), fileURLToPath(new URL(script, import.meta.url))]
}
