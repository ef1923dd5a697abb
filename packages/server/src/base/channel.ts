/** Messages between two processes over a socket, and questions that are answered: structured clones, each after its length. Control only; tensors have frames. */
import type { Socket } from 'node:net'
import { deserialize, serialize } from 'node:v8'

export interface ChannelHandlers {
  told(kind: string, body: unknown): void
  /** The answer goes back; what it rejects with is told by its message. */
  asked(kind: string, body: unknown): Promise<unknown>
  /** The other side has gone; called once. */
  closed(): void
}

type Message =
  | { readonly kind: string; readonly body: unknown; readonly id?: number }
  | { readonly to: number; readonly body?: unknown; readonly failed?: string }

const LENGTH_BYTES = 4

export class Channel {
  readonly #socket: Socket
  readonly #handlers: ChannelHandlers
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>()
  #received: Buffer = Buffer.alloc(0)
  #nextId = 0
  #closed = false

  constructor(socket: Socket, handlers: ChannelHandlers) {
    this.#socket = socket
    this.#handlers = handlers
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => {
      // The close that follows is what counts.
    })
    socket.on('close', () => this.#end())
  }

  tell(kind: string, body: unknown): void {
    this.#write({ kind, body })
  }

  /** Rejects when the other side fails, or goes before it has answered. */
  ask(kind: string, body: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(gone())
    const id = ++this.#nextId
    const answer = Promise.withResolvers<unknown>()
    this.#asked.set(id, answer)
    this.#write({ kind, body, id })
    return answer.promise
  }

  close(): void {
    this.#socket.end()
  }

  #write(message: Message): void {
    if (this.#closed) return
    const body = serialize(message)
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32LE(body.byteLength)
    this.#socket.write(Buffer.concat([length, body]))
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.byteLength === 0 ? chunk : Buffer.concat([this.#received, chunk])
    while (this.#received.byteLength >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#received.readUInt32LE()
      if (this.#received.byteLength < end) return
      // A copy: what is read may be looked at in place by `deserialize`, and aligned views of it are handed on.
      const message = deserialize(Buffer.from(this.#received.subarray(LENGTH_BYTES, end))) as Message
      this.#received = this.#received.subarray(end)
      this.#take(message)
    }
  }

  #take(message: Message): void {
    if ('to' in message) {
      const asked = this.#asked.get(message.to)
      this.#asked.delete(message.to)
      if (message.failed === undefined) asked?.resolve(message.body)
      else asked?.reject(new Error(message.failed))
    } else if (message.id === undefined) this.#handlers.told(message.kind, message.body)
    else {
      const to = message.id
      this.#handlers.asked(message.kind, message.body).then(
        (body) => this.#write({ to, body }),
        (error: unknown) => this.#write({ to, failed: error instanceof Error ? error.message : String(error) }),
      )
    }
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    for (const asked of this.#asked.values()) asked.reject(gone())
    this.#asked.clear()
    this.#handlers.closed()
  }
}

const gone = () => new Error('the other process has gone')
