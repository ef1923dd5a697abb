/** The contract of a connection that asks one thing at a time. */
import type { LoadRequest } from './load-plan.ts'

export interface Answer {
  /** What is wrong with it, if anything. */
  readonly fault?: string
  /** The header of that name as it came; absent when it was not sent or not read. */
  readonly serverTiming?: string
}

export interface Connection {
  /** True when it may be asked. */
  readonly free: boolean
  /** Asks; only when `free`. `done` is called once. The request was made by `prepare` of the same family. */
  ask(prepared: Uint8Array, done: (answer: Answer) => void): void
  close(): void
}

export interface Connector {
  /** The octets of a request as they go out, made once. */
  prepare(request: LoadRequest): Uint8Array
  /** `onFree` is called whenever the connection can be asked again: opened, or opened anew after the server closed it. */
  connect(onFree: (connection: Connection) => void): Connection
}
