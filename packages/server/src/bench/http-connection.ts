/** A kept-alive HTTP/1.1 connection over a bare socket: what the generator costs must stay far below what it measures. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Clock } from '../base/clock.ts'
import { AnswerReader, type ReadAnswer } from './answer-reader.ts'
import type { Answer, Connection, Connector } from './connection.ts'
import type { LoadRequest } from './load-plan.ts'

/** How long a connection that was refused or closed waits before it tries again (ms). */
const RECONNECT_MS = 50
const SERVER_TIMING = /\r\nserver-timing: *([^\r]*)/i

export function httpConnector(origin: string, clock: Pick<Clock, 'after'>): Connector {
  const url = new URL(origin)
  return {
    prepare: (request) => prepared(request, url.host),
    connect: (onFree) => new HttpConnection(url, clock, onFree),
  }
}

function prepared({ path, headers, body }: LoadRequest, host: string): Uint8Array {
  const octets = Buffer.from(body, 'base64')
  const lines = [`POST ${path} HTTP/1.1`, `host: ${host}`, `content-length: ${octets.byteLength}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), octets])
}

class HttpConnection implements Connection {
  readonly #url: URL
  readonly #clock: Pick<Clock, 'after'>
  readonly #onFree: (connection: Connection) => void
  #socket: Socket | undefined
  #done: ((answer: Answer) => void) | undefined
  #open = false
  #closed = false

  constructor(url: URL, clock: Pick<Clock, 'after'>, onFree: (connection: Connection) => void) {
    this.#url = url
    this.#clock = clock
    this.#onFree = onFree
    this.#connect()
  }

  get free(): boolean {
    return this.#open && this.#done === undefined
  }

  ask(prepared: Uint8Array, done: (answer: Answer) => void): void {
    this.#done = done
    this.#socket?.write(prepared)
  }

  close(): void {
    this.#closed = true
    this.#socket?.destroy()
  }

  #connect(): void {
    const { hostname, port, protocol } = this.#url
    const host = hostname.replace(/^\[|\]$/g, '')
    const secure = protocol === 'https:'
    const target = { host, port: Number(port) || (secure ? 443 : 80) }
    const socket = secure ? connectTls({ ...target, servername: host }) : connectTcp({ ...target, noDelay: true })
    const reader = new AnswerReader((answer) => this.#answered(answer))
    socket.on(secure ? 'secureConnect' : 'connect', () => {
      this.#open = true
      this.#onFree(this)
    })
    socket.on('data', (chunk: Buffer) => {
      const fault = reader.take(chunk)
      if (fault !== undefined) socket.destroy(new Error(fault))
    })
    let why = 'the server closed the connection'
    socket.on('error', (error) => {
      why = error.message
    })
    socket.on('close', () => this.#lost(why))
    this.#socket = socket
  }

  #answered({ status, head, body, keepAlive }: ReadAnswer): void {
    const done = this.#done
    this.#done = undefined
    if (!keepAlive) {
      this.#open = false
      this.#socket?.end()
    }
    const serverTiming = SERVER_TIMING.exec(head)?.[1]
    const fault = status >= 200 && status < 300 ? undefined : `status ${status}: ${body.toString('utf8', 0, 200)}`
    done?.({ ...(fault === undefined ? {} : { fault }), ...(serverTiming === undefined ? {} : { serverTiming }) })
    if (this.free) this.#onFree(this)
  }

  #lost(why: string): void {
    this.#open = false
    const done = this.#done
    this.#done = undefined
    if (this.#closed) return
    done?.({ fault: why })
    this.#clock.after(RECONNECT_MS, () => {
      if (!this.#closed) this.#connect()
    })
  }
}
