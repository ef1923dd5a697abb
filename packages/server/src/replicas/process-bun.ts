/** The wire by Bun's own sockets: its node:net is built on them, and costs several times as much for each frame. */
import type { ConnectWire, Wire } from './process-wire.ts'

/** The part of Bun that is used here; its own types would hide those of Node. */
interface BunSocket {
  /** The octets taken; fewer when the system's buffer is full, -1 when the connection is closed. */
  write(data: Uint8Array, byteOffset: number, byteLength: number): number
  end(): void
  terminate(): void
}
interface BunConnect {
  connect(options: {
    readonly unix: string
    readonly socket: {
      data(socket: BunSocket, chunk: Buffer): void
      drain(socket: BunSocket): void
      close(socket: BunSocket): void
      error(socket: BunSocket, error: Error): void
    }
  }): Promise<BunSocket>
}

export const connectBun: ConnectWire = async (address, events) => {
  const { connect } = (globalThis as unknown as { readonly Bun: BunConnect }).Bun
  let wire: BunWire | undefined
  const socket = await connect({
    unix: address,
    socket: {
      data: (from, chunk) => {
        try {
          events.bytes(chunk)
        } catch {
          from.terminate()
        }
      },
      drain: () => wire?.drain(),
      close: () => events.closed(),
      error: (from) => from.terminate(),
    },
  })
  wire = new BunWire(socket)
  return wire
}

class BunWire implements Wire {
  readonly #socket: BunSocket
  /** What the system would not take yet, and how much of its first part it has. */
  readonly #left: Uint8Array[] = []
  #offset = 0
  #ending = false

  constructor(socket: BunSocket) {
    this.#socket = socket
  }

  send(parts: readonly Uint8Array[]): void {
    const idle = this.#left.length === 0
    for (const part of parts) if (part.byteLength > 0) this.#left.push(part)
    if (idle) this.drain()
  }

  /** Sends what is left as far as it goes. */
  drain(): void {
    while (this.#left.length > 0) {
      const part = this.#left[0] as Uint8Array
      const taken = this.#socket.write(part, this.#offset, part.byteLength - this.#offset)
      if (taken < 0) {
        // The close that follows is what counts.
        this.#left.length = 0
        return
      }
      this.#offset += taken
      if (this.#offset < part.byteLength) return
      this.#left.shift()
      this.#offset = 0
    }
    if (this.#ending) this.#socket.end()
  }

  end(): void {
    this.#ending = true
    if (this.#left.length === 0) this.#socket.end()
  }

  destroy(): void {
    this.#left.length = 0
    this.#socket.terminate()
  }
}
