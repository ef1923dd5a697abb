/** A real HTTP server on loopback that answers as a test tells it to, faults included. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
}

/** Answers one request. */
export type Behaviour = (received: Received, response: ServerResponse) => void | Promise<void>

export interface TestServer extends AsyncDisposable {
  readonly url: string
  /** Every request, in order of arrival. */
  readonly received: readonly Received[]
  /** Resolves once `count` requests have arrived. */
  arrived(count: number): Promise<void>
  /** Answers from now on with `behaviour`. */
  behave(behaviour: Behaviour): void
}

const FIRST_PORT = 18400
const PORTS = 100
/** Test files run at the same time, so each begins elsewhere; and a port used again would meet fetch's idle connections to the server before. */
let nextPort = process.pid

/** Starts on a free port of 18400–18499. */
export async function startTestServer(first: Behaviour): Promise<TestServer> {
  let behaviour = first
  const received: Received[] = []
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk)
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: new Uint8Array(Buffer.concat(chunks)),
    }
    received.push(one)
    for (const { count, resolve } of waiting) if (received.length >= count) resolve()
    await behaviour(one, response)
  })
  for (let tried = 0; ; tried++) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject)
    server.listen(FIRST_PORT + (nextPort++ % PORTS), '127.0.0.1', resolve)
    try {
      await promise
      break
    } catch (error) {
      if (tried === PORTS) throw error
    } finally {
      server.off('error', reject)
    }
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    arrived: (count) => (received.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }))),
    behave: (next) => {
      behaviour = next
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The same answer to everything. */
export function answer(status: number, body: string | object, headers: Record<string, string> = {}): Behaviour {
  const type = typeof body === 'string' ? 'text/plain' : 'application/json'
  return (_, response) => {
    response.writeHead(status, { 'content-type': type, ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

/** Closes the connection with a reset before any answer. */
export const reset: Behaviour = (_, response) => {
  response.socket?.resetAndDestroy()
}

/** Sends the head and half of a body, then resets. */
export const cutOff: Behaviour = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
  response.write('{"model_name":', () => response.socket?.resetAndDestroy())
}

/** Takes the request and says nothing. */
export const silent: Behaviour = () => {}

/** One behaviour after the other; the last one stays. */
export function inTurn(...behaviours: readonly Behaviour[]): Behaviour {
  let next = 0
  return (received, response) => behaviours[Math.min(next++, behaviours.length - 1)]?.(received, response)
}
