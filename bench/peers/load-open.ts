/**
 * An open-loop load generator in a process of its own: requests go out when they are due, whether or not earlier ones were answered, and their
 * latency counts from that moment. Reads an OpenPlan as JSON on stdin and prints a LoadResult as JSON. Every answer is checked.
 */
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { AnswerCheck, type Expected } from '../answer.ts'
import { ResponseReader } from '../response.ts'
import { type LoadResult, loadResult, Tally } from '../tally.ts'

export interface OpenPlan {
  readonly port: number
  /** Whole requests in base64 and what answers them, sent by turns. */
  readonly requests: readonly { readonly octets: string; readonly expected: Expected }[]
  /** Milliseconds from the start. */
  readonly arrivals: readonly number[]
}

interface Due {
  readonly at: number
  readonly request: number
}

/** Connections at once; what is due while all are busy waits, and its latency goes on. */
const MOST_CONNECTIONS = 256
const ANSWER_LIMIT_MS = 20_000

class OpenLoop {
  readonly #plan: OpenPlan
  readonly #requests: readonly { readonly octets: Buffer; readonly check: AnswerCheck }[]
  readonly #tally = new Tally()
  readonly #idle: ((due: Due) => void)[] = []
  readonly #waiting: Due[] = []
  readonly #sockets = new Set<Socket>()

  constructor(plan: OpenPlan) {
    this.#plan = plan
    this.#requests = plan.requests.map(({ octets, expected }) => ({
      octets: Buffer.from(octets, 'base64'),
      check: new AnswerCheck(expected),
    }))
    this.#tally.measuring = true
  }

  async run(): Promise<LoadResult> {
    const startedAt = performance.now()
    for (const [index, arrival] of this.#plan.arrivals.entries()) {
      const at = startedAt + arrival
      await sleepUntil(at)
      this.#send({ at, request: index % this.#requests.length })
    }
    const limit = performance.now() + ANSWER_LIMIT_MS
    while (this.#told() < this.#plan.arrivals.length && performance.now() < limit) await sleepUntil(performance.now() + 5)
    const seconds = (performance.now() - startedAt) / 1000
    for (const socket of this.#sockets) socket.destroy()
    for (let left = this.#plan.arrivals.length - this.#told(); left > 0; left -= 1) this.#tally.fail('no answer')
    return loadResult(this.#tally, seconds)
  }

  #told(): number {
    return this.#tally.latencies.length + this.#tally.failures
  }

  #send(due: Due): void {
    const send = this.#idle.pop()
    if (send !== undefined) send(due)
    else if (this.#sockets.size < MOST_CONNECTIONS) this.#connect(due)
    else this.#waiting.push(due)
  }

  #connect(first: Due): void {
    const socket = connect({ port: this.#plan.port, host: '127.0.0.1', noDelay: true })
    let current: Due | undefined = first
    const write = (due: Due): void => {
      current = due
      socket.write(this.#requests[due.request]?.octets as Buffer)
    }
    const reader = new ResponseReader((status, body) => {
      const due = current as Due
      current = undefined
      const fault = this.#requests[due.request]?.check.fault(status, body)
      if (fault === undefined) this.#tally.latencies.push(performance.now() - due.at)
      else this.#tally.fail(fault)
      const next = this.#waiting.shift()
      if (next === undefined) this.#idle.push(write)
      else write(next)
    })
    this.#sockets.add(socket)
    socket.on('connect', () => write(first))
    socket.on('data', (chunk) => {
      const fault = reader.take(chunk)
      if (fault !== undefined) socket.destroy(new Error(fault))
    })
    socket.on('error', (error) => current === undefined || this.#tally.fail(error.message))
    socket.on('close', () => {
      this.#sockets.delete(socket)
      const at = this.#idle.indexOf(write)
      if (at >= 0) this.#idle.splice(at, 1)
    })
  }
}

/** Timers know whole milliseconds; what is left of one is waited for in turns of the event loop. */
async function sleepUntil(at: number): Promise<void> {
  const left = at - performance.now()
  if (left >= 1) await new Promise((resolve) => setTimeout(resolve, Math.floor(left)))
  while (performance.now() < at) await new Promise((resolve) => setImmediate(resolve))
}

if (import.meta.main) {
  const plan = JSON.parse(await text(process.stdin)) as OpenPlan
  process.stdout.write(JSON.stringify(await new OpenLoop(plan).run()))
  process.exit(0)
}
