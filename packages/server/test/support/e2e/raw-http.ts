/** HTTP as octets on a socket, so that no polite client mends what a test means to break. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export interface RawExchange {
  /** Whole answers, in order; interim ones such as 100 Continue among them. */
  readonly answers: readonly RawAnswer[]
  /** How the connection ended: by the server, by a reset, or by this side, which had its answers or had waited enough. */
  readonly end: 'closed' | 'reset' | 'ours'
}

export interface RawOptions {
  /** Answers to wait for, interim ones not counted. */
  readonly wanted?: number
  /** How long to wait at most. */
  readonly limitMs?: number
  /** The request was HEAD: its answer has a length and no body. */
  readonly head?: boolean
}

const LIMIT_MS = 10_000

/** Sends the parts on a connection of their own and reads until `wanted` answers are there or the server closes. Never rejects. */
export function exchange(
  port: number,
  parts: string | readonly (string | Uint8Array)[],
  { wanted = 1, limitMs = LIMIT_MS, head = false }: RawOptions = {},
): Promise<RawExchange> {
  return new Promise((resolve) => {
    let seen = Buffer.alloc(0)
    let end: RawExchange['end'] = 'closed'
    const socket = connect(port, '127.0.0.1', () => void sendAll(socket, typeof parts === 'string' ? [parts] : parts))
    const finish = () => {
      end = 'ours'
      socket.destroy()
    }
    const timer = setTimeout(finish, limitMs)
    socket.on('data', (chunk) => {
      seen = Buffer.concat([seen, chunk])
      if (parseAnswers(seen, head).filter(({ status }) => status >= 200).length >= wanted) finish()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') end = 'reset'
    })
    socket.on('close', () => {
      clearTimeout(timer)
      resolve({ answers: parseAnswers(seen, head), end })
    })
  })
}

/** Strings go out as latin1, so that every octet can be written. */
async function sendAll(socket: Socket, parts: readonly (string | Uint8Array)[]): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return
    if (!socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part))
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined)
  }
}

/** The whole answers in what has been read so far. */
function parseAnswers(seen: Buffer, head: boolean): readonly RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = seen
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd < 0) return answers
    const [statusLine = '', ...lines] = rest.toString('latin1', 0, headEnd).split('\r\n')
    const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
    const status = Number(statusLine.split(' ')[1])
    const bodyEnd = headEnd + 4 + (head || status < 200 ? 0 : Number(headers.get('content-length') ?? 0))
    if (rest.byteLength < bodyEnd) return answers
    answers.push({ status, headers, body: rest.toString('utf8', headEnd + 4, bodyEnd) })
    rest = rest.subarray(bodyEnd)
  }
}

export interface RawRequest {
  readonly method?: string
  readonly target?: string
  /** Whole lines without their ends, after Host. */
  readonly lines?: readonly string[]
  readonly host?: string | undefined
  readonly body?: string
}

/** A sound HTTP/1.1 request, with a length when it has a body. */
export function rawRequest({ method = 'GET', target = '/v2', lines = [], host = '127.0.0.1', body }: RawRequest): string {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`]
  return [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...lines, ...length, '', body ?? ''].join('\r\n')
}
